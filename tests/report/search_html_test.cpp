#include "tse/report/search_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "sample.h"
#include "support/temp_folder.h"

namespace tse {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++found;
  return found;
}

TEST(SearchHtml, ShowsTheWinnerAndWhatGoesOn) {
  const SearchView view = sample::search();
  const std::string page = to_html(view);
  EXPECT_THAT(page, HasSubstr("The winner"));
  EXPECT_THAT(page, HasSubstr("<h3>Trial 5</h3><svg"));
  EXPECT_THAT(page, HasSubstr("<dt>Parameters</dt><dd>3.00k</dd>"));
  EXPECT_THAT(page, HasSubstr("<dt>tse-ema</dt><dd>-1.250</dd>"));
  EXPECT_THAT(page, HasSubstr("Trained to the end, 3 epochs"));
  EXPECT_THAT(page, HasSubstr("<td>0.8125</td><td>ok</td>"));
  EXPECT_THAT(page, HasSubstr("<td>-</td><td>diverged</td>"));
  EXPECT_THAT(page, HasSubstr("<code>tse export runs/sample.tse --model winner.onnx</code>"));
  SearchView without_finals = sample::search();
  without_finals.finals.clear();
  EXPECT_THAT(to_html(without_finals), HasSubstr("tse train --space nb201:channels=8,cells=1 --data "
                                                 "fashion-mnist:train=600,valid=100 --recipe nb201:batch=64 --arch "
                                                 "&#39;|"));
  EXPECT_THAT(page, Not(HasSubstr("id=\"outcome-chart\"")));
  EXPECT_THAT(page, Not(HasSubstr("id=\"compare\"")));
}

TEST(SearchHtml, HasARowForEveryTrial) {
  const std::string page = to_html(sample::search());
  EXPECT_EQ(count(page, "data-trial="), 6U);
  EXPECT_THAT(page, HasSubstr("ok, as trial 1"));
  EXPECT_THAT(page, HasSubstr(R"(data-value="-Infinity">-inf)"));  // diverged
  EXPECT_THAT(page, HasSubstr(R"(data-value="">-)"));              // failed
  EXPECT_THAT(page, HasSubstr("2 trials without a score, not drawn."));
}

TEST(SearchHtml, ComparesWaysToSearchOnRecordedResults) {
  const std::string page = to_html(sample::replayed_search());
  EXPECT_THAT(page, HasSubstr("An architecture search, replayed"));
  EXPECT_THAT(page, HasSubstr("id=\"outcome-chart\""));
  EXPECT_THAT(page, HasSubstr("id=\"compare-chart\""));
  EXPECT_EQ(count(page, "0.8400 <small>&plusmn;&nbsp;0.0100</small>"), 3U);
  EXPECT_THAT(page, HasSubstr(R"("accuracy_of":1})"));
}

TEST(SearchHtml, TurnsOnlyAnAccuracyIntoAnError) {
  SearchView view = sample::replayed_search();
  const auto accuracy_of = [&] {
    std::smatch match;
    const std::string page = to_html(view);
    return std::regex_search(page, match, std::regex(R"("accuracy_of":(\w+))")) ? match[1].str() : "";
  };
  view.outcome->name = "c10_test_mean";
  EXPECT_EQ(accuracy_of(), "1");
  view.history[0].outcome = 91.5;
  EXPECT_EQ(accuracy_of(), "100");
  view.history[0].outcome = 915;
  EXPECT_EQ(accuracy_of(), "null");
  view = sample::replayed_search();
  view.outcome->name = "latency_mean";
  EXPECT_EQ(accuracy_of(), "null");
  view.outcome = Outcome{.name = "test_loss", .run = "", .lower_is_better = true};
  EXPECT_EQ(accuracy_of(), "null");
}

TEST(SearchHtml, MarksTheFront) {
  const std::string page = to_html(sample::front_search());
  EXPECT_THAT(page, HasSubstr("Best by tse-ema"));
  EXPECT_EQ(count(page, ">3.00k<"), 2U);  // of trial 5 as the winner and in the table: params are shown once
  EXPECT_EQ(count(page, ">ok, front<"), 2U);
  EXPECT_THAT(page, HasSubstr("the Pareto front, 2 trials; its hypervolume above the worst that was tried is 1500."));
}

TEST(SearchHtml, LivesWithoutTrialsScoresOrFacts) {
  SearchView empty = sample::replayed_search();
  empty.history.clear();
  empty.params.clear();
  empty.contenders.clear();
  empty.drawing.reset();
  EXPECT_THAT(to_html(empty), HasSubstr("No trial has a score."));
  EXPECT_THAT(to_html(empty), Not(HasSubstr("<canvas")));
  SearchView bare = sample::search();
  bare.params.clear();
  bare.drawing.reset();
  bare.finals.clear();
  bare.data = bare.split = bare.recipe = bare.require = "";
  bare.manifest = nullptr;
  EXPECT_THAT(to_html(bare), HasSubstr("<code>tse train --space nb201:channels=8,cells=1 --arch &#39;|"));
}

TEST(SearchHtml, ShowsTheBestThousandOfMoreTrials) {
  SearchView view = sample::search();
  while (view.history.size() < 1200) {
    view.history.push_back(view.history[1]);
    view.history.back().number = static_cast<int>(view.history.size()) - 1;
    view.params.push_back(5000);
  }
  const std::string page = to_html(view);
  EXPECT_EQ(count(page, "data-trial="), 1000U);
  EXPECT_THAT(page, HasSubstr("The 1000 best of 1200 trials by tse-ema; the saved JSON has all."));
  EXPECT_THAT(page, HasSubstr(R"(data-trial="5")"));
  EXPECT_THAT(page, Not(HasSubstr(R"(data-trial="0")")));
}

SearchView with_texts(SearchView view, const std::string& text) {
  view.study = view.space = view.data = view.split = view.recipe = view.algo = view.budget = view.require = text;
  view.end = text;
  view.objectives[0].name = text;
  if (view.outcome) view.outcome->name = view.outcome->run = text + "o";
  for (SearchTrial& trial : view.history) trial.arch.text = text;
  for (FinalTraining& final : view.finals) final.chosen_by = final.arch.text = final.status = text;
  for (Contender& way : view.contenders) way.algo = way.objective = text;
  view.drawing->nodes[0] = view.drawing->edges[0].label = text;
  view.manifest = {{text, text}};
  return view;
}

TEST(SearchHtml, EscapesEverythingFromOutsideAndLoadsNothing) {
  const std::string hostile = R"(<script>alert(1)</script>"'&</script><!--)";
  for (const SearchView& view : {sample::search(), sample::replayed_search(), sample::front_search()}) {
    const std::string page = to_html(with_texts(view, hostile));
    const std::string harmless = to_html(with_texts(view, "harmless"));
    for (const char* mark : {"<script", "</script", "<!--", "src=", "href=", "onerror"})
      EXPECT_EQ(count(page, mark), count(harmless, mark)) << mark;
    EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>\"")));
    const std::string head = page.substr(0, page.find("</head>"));
    EXPECT_THAT(head, HasSubstr("default-src 'none'"));
    EXPECT_THAT(head, Not(HasSubstr("<link")));
  }
}

TEST(SearchHtml, IsWritten) {
  const TempFolder folder;
  write_html(sample::search(), folder.path() / "page" / "index.html");
  EXPECT_GT(std::filesystem::file_size(folder.path() / "page" / "index.html"), 10000U);
}

}  // namespace
}  // namespace tse
