#include "tse/report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "sample.h"
#include "tse/base/error.h"
#include "tse/report/drawing.h"

namespace tse {
namespace {

using testing::HasSubstr;
using testing::Not;

int count(const std::string& text, std::string_view what) {
  int times = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++times;
  return times;
}

// The page without Chart.js, which is ours to embed but not to judge.
std::string own_part(const std::string& page) {
  const std::size_t start = page.find("<script>");
  const std::size_t end = page.find("</script>", start);
  return page.substr(0, start) + page.substr(end);
}

TEST(Html, LoadsNothingFromElsewhere) {
  const std::string page = own_part(to_html(sample::ranking({.trials = 12})));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("unsafe-inline")));
  for (const char* loader : {"<link", "src=", "@import", "url(", "fetch(", "XMLHttpRequest", "<iframe", "<img"})
    EXPECT_THAT(page, Not(HasSubstr(loader)));
  // the one address in it is the name of SVG's namespace
  EXPECT_EQ(count(page, "://"), count(page, R"(xmlns="http://www.w3.org/2000/svg")"));
}

TEST(Html, ShowsEveryTrialAndWhatWentWrong) {
  const Ranking ranking = sample::ranking({.trials = 12});
  const std::string page = to_html(ranking);
  EXPECT_EQ(count(page, " data-trial="), 12);
  EXPECT_EQ(count(page, "<svg class=\"cell\""), 2);  // best and worst
  EXPECT_THAT(page, HasSubstr("worker killed by signal 9 three times"));
  EXPECT_THAT(page, HasSubstr("loss not finite at step 19"));
  EXPECT_THAT(page, HasSubstr("id=\"agreement\""));
  EXPECT_THAT(to_html(sample::ranking({.trials = 12, .outcome = false})), Not(HasSubstr("id=\"agreement\"")));
  EXPECT_THAT(to_html(sample::ranking({.trials = 12, .trouble = false})), Not(HasSubstr("id=\"trouble\"")));
}

TEST(Html, EscapesEverythingFromOutside) {
  const std::string hostile = R"(<script>alert(1)</script>"'&</script><!--)";
  Ranking ranking = sample::ranking({.trials = 6});
  const std::string harmless = to_html(ranking);
  ranking.study = ranking.space = ranking.data = ranking.split = ranking.recipe = hostile;
  ranking.outcome->name = ranking.outcome->run = hostile;
  ranking.manifest = {{hostile, {{"inner", hostile}, {"list", {hostile}}}}};
  ranking.estimators[1] = ranking.agreements[1].predictor = hostile;
  for (RankedTrial& ranked : ranking.trials) {
    ranked.trial.job.arch.text = ranked.canonical = hostile;
    ranked.trial.trace.reason = hostile;
    for (std::string& node : ranked.drawing.nodes) node = hostile;
    for (Drawing::Edge& edge : ranked.drawing.edges) edge.label = hostile;
  }
  const std::string page = to_html(ranking);
  EXPECT_EQ(count(page, "<script"), count(harmless, "<script"));
  EXPECT_EQ(count(page, "</script"), count(harmless, "</script"));
  EXPECT_EQ(count(page, "<!--"), 0);
  EXPECT_GT(count(page, "&lt;script&gt;alert(1)"), 6);
}

TEST(Html, SurvivesEmptyAndUnfinishedStudies) {
  EXPECT_THAT(to_html(make_ranking({}, *make_space("nb201"), Task{}, {})), HasSubstr("No training has ended yet"));
  std::vector<Trial> trials = sample::trials({.trials = 5});
  for (Trial& trial : trials) trial.state = TrialState::waiting;
  const std::string page = to_html(make_ranking(trials, *make_space("nb201"), Task{}, {}));
  EXPECT_EQ(count(page, " data-trial="), 5);
}

TEST(Html, IsWrittenWholeAndSaysWhereItCannotBe) {
  const auto folder = std::filesystem::temp_directory_path() / "tse-html-test";
  std::filesystem::remove_all(folder);
  write_html(sample::ranking({.trials = 4}), folder / "deep" / "page.html");
  EXPECT_GT(std::filesystem::file_size(folder / "deep" / "page.html"), 100000U);
  EXPECT_THROW(write_html(sample::ranking({.trials = 4}), folder / "deep" / "page.html" / "x.html"), DataError);
  std::filesystem::remove_all(folder);
}

// The arcs of a drawing, as the y of their highest or lowest stretch, with their labels in the order of the edges.
TEST(Drawing, ArcsOfOneLevelDoNotOverlap) {
  // all pairs of six nodes: fifteen edges
  Drawing drawing{.nodes = {"a", "b", "c", "d", "e", "f"}, .edges = {}};
  for (int from = 0; from < 6; ++from)
    for (int to = from + 1; to < 6; ++to) drawing.edges.push_back({from, to, "op", false});
  const std::string svg = to_svg(drawing, "all pairs");
  const std::regex arc(R"(d="M([-\d.]+) [-\d.]+Q[-\d.]+ ([-\d.]+) [-\d.]+ [-\d.]+H[-\d.]+Q([-\d.]+) )");
  struct Stretch {
    double left, right, y;
  };
  std::vector<Stretch> arcs;
  for (std::sregex_iterator match(svg.begin(), svg.end(), arc), end; match != end; ++match)
    arcs.push_back({std::stod((*match)[1]), std::stod((*match)[3]), std::stod((*match)[2])});
  ASSERT_EQ(arcs.size(), 10U);  // five of the fifteen are straight
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    EXPECT_GE(arcs[i].y, 0);
    for (std::size_t k = 0; k < i; ++k)
      EXPECT_TRUE(arcs[i].y != arcs[k].y || arcs[i].right <= arcs[k].left || arcs[k].right <= arcs[i].left);
  }
  EXPECT_EQ(count(svg, "class=\"cell-label\""), 15);
}

TEST(Drawing, DeadEdgesAreMarkedAndEdgesToNowhereLeftOut) {
  const Drawing drawing{.nodes = {"in", "out"},
                        .edges = {{0, 1, "none", true}, {0, 7, "lost", false}, {1, 1, "self", false}}};
  const std::string svg = to_svg(drawing, "t");
  EXPECT_EQ(count(svg, "cell-edge dead"), 1);
  EXPECT_THAT(svg, Not(HasSubstr("lost")));
  EXPECT_THAT(svg, Not(HasSubstr("self")));
  EXPECT_THAT(to_svg({}, "empty"), HasSubstr("<svg"));
}

}  // namespace
}  // namespace tse
