// The report in a real browser, at the widths of a desktop and a phone.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "report/template.h"
#include "sample.h"
#include "tse/base/json.h"
#include "tse/base/random.h"
#include "tse/compare/comparison.h"
#include "tse/report/comparison_html.h"
#include "tse/report/differentiate_html.h"
#include "tse/report/html.h"
#include "tse/report/one_shot_html.h"
#include "tse/report/search_html.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

const fs::path kHere = fs::path(TSE_SOURCE) / "tests" / "report";

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

void replace_once(std::string& text, std::string_view what, const std::string& with) {
  const std::size_t at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  text.replace(at, what.size(), with);
}

// The page with the two scripts of the test in it, which its policy would refuse but for their hashes.
void with_checks(std::string& page, const char* script) {
  const std::string errors = read(kHere / "page_errors.js");
  const std::string checks = read(kHere / script);
  replace_once(page, "script-src ",
               "script-src 'sha256-" + policy_hash(errors) + "' 'sha256-" + policy_hash(checks) + "' ");
  replace_once(page, "<title>", "<script>" + errors + "</script><title>");
  replace_once(page, "</body>", "<script>" + checks + "</script></body>");
}

struct Run {
  int exit_code = 0;
  std::string output;
};

Run run(const std::string& command) {
  Run result;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 65536> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    result.output.append(buffer.data(), count);
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

std::string unescape(std::string text) {
  for (const auto& [reference, character] :
       {std::pair{"&lt;", "<"}, std::pair{"&gt;", ">"}, std::pair{"&quot;", "\""}, std::pair{"&amp;", "&"}}) {
    for (std::size_t at = 0; (at = text.find(reference, at)) != std::string::npos; ++at)
      text.replace(at, std::string_view(reference).size(), character);
  }
  return text;
}

// A window cannot be as narrow as a phone, but a frame in it can.
std::string frame_of(int width) {
  return R"(<!doctype html><title>frame</title><style>body { margin: 0 } iframe { border: 0; height: 1600px; width: )" +
         std::to_string(width) + R"(px }</style><iframe src="page.html"></iframe><pre id="found"></pre><script>
addEventListener("message", (event) => { document.getElementById("found").textContent = event.data; });
</script>)";
}

// What the frame around the page was told; empty where it was told nothing.
std::string found_in(const std::string& document) {
  constexpr std::string_view kOpen = R"(<pre id="found">)";
  const std::size_t open = document.rfind(kOpen);
  if (open == std::string::npos) return "";
  const std::size_t start = open + kOpen.size();
  return document.substr(start, document.find("</pre>", start) - start);
}

// What the script of checks found at this width, or nothing where there is no browser.
std::optional<Json> look_at(std::string page, const char* script, int width) {
  const fs::path folder = fs::temp_directory_path() / ("tse-browser-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  with_checks(page, script);
  std::ofstream(folder / "page.html") << page;
  std::ofstream(folder / "frame.html") << frame_of(width);
  // a browser that starts slowly may print the page before its check has spoken: look again, but not for ever
  Run dump;
  std::string found;
  for (int look = 0; look < 3 && found.empty() && dump.exit_code == 0; ++look) {
    dump = run("'" + (kHere / "headless").string() + "' --window-size=1400,1700 --virtual-time-budget=20000" +
               " --dump-dom 'file://" + (folder / "frame.html").string() + "' 2>/dev/null");
    found = found_in(dump.output);
  }
  fs::remove_all(folder);
  if (dump.exit_code == 127) return std::nullopt;
  EXPECT_EQ(dump.exit_code, 0);
  if (found.empty()) {
    ADD_FAILURE() << "the page's check said nothing";
    return Json::object();
  }
  return Json::parse(unescape(found));
}

const std::string kHostile = R"(</script><script>alert(1)</script><img src=x onerror=alert(2)>"'&{{data}}<!--)";

constexpr const char* kNoBrowser = "chromium is not installed";

void expect_good(const Json& found, int width, const Ranking& ranking) {
  EXPECT_EQ(found.value("problems", Json::array({"none looked for"})), Json::array());
  EXPECT_EQ(found.value("width", 0), width);
  EXPECT_EQ(found.value("rows", std::size_t{0}), ranking.trials.size());
  EXPECT_EQ(found.value("scripts", 0), 5);  // data, Chart.js, the page's own, two of the test
}

TEST(Browser, ShowsTheReportOnADesktop) {
  const Ranking ranking = sample::ranking({.trials = 24});
  const auto found = look_at(to_html(ranking), "page_check.js", 1280);
  if (!found) GTEST_SKIP() << kNoBrowser;
  expect_good(*found, 1280, ranking);
  EXPECT_EQ(found->value("cells", 0), 4);
}

// As many trials as a study of the paper has, and everything in it that comes from outside is hostile.
TEST(Browser, ShowsTheReportOnAPhoneWhateverTheTextsAre) {
  Ranking ranking = sample::ranking({.trials = 200, .epochs = 20, .steps = 4});
  const std::string hostile = kHostile;
  ranking.study = ranking.space = ranking.data = ranking.split = ranking.recipe = hostile;
  ranking.outcome->name = ranking.outcome->run = hostile;
  ranking.manifest[hostile] = hostile;
  ranking.estimators[0] = ranking.agreements[0].predictor = hostile;
  for (RankedTrial& ranked : ranking.trials) {
    ranked.trial.job.arch.text += hostile;
    ranked.trial.trace.reason = hostile;
    ranked.drawing.nodes[0] = ranked.drawing.edges[0].label = hostile;
  }
  const auto found = look_at(to_html(ranking), "page_check.js", 390);
  if (!found) GTEST_SKIP() << kNoBrowser;
  expect_good(*found, 390, ranking);
  for (const Json& arch : found->value("archs", Json::array()))
    EXPECT_TRUE(arch.get<std::string>().ends_with(hostile)) << arch;
}

// Twenty-four trainings of which the estimators know more with every epoch; names from outside are hostile.
Comparison comparison() {
  std::vector<std::string> archs;
  std::vector<Trace> traces;
  Columns columns;
  RunOutcome outcome{.name = kHostile, .source = kHostile, .lower = false, .values = {}};
  Stream random(1);
  for (int i = 0; i < 24; ++i) {
    Trace trace{.status = TraceStatus::ok, .train_images = 4, .batch = 2};
    for (int step = 0; step < 40; ++step) trace.step_loss.push_back(3 - 0.001 * i * step + 0.2 * random.unit());
    for (int epoch = 1; epoch <= 20; ++epoch) {
      const double accuracy = 0.5 + 0.01 * i + 0.1 * random.unit();
      trace.evaluations.push_back({.split = "valid", .epoch = epoch, .loss = 1 - accuracy, .accuracy = accuracy});
    }
    archs.push_back(std::to_string(i) + kHostile);
    traces.push_back(std::move(trace));
    columns[kHostile].push_back(random.unit());
    columns["params"].push_back(i % 7);
    outcome.values.push_back(i);
  }
  Runs runs(kHostile, std::move(archs), std::move(traces), std::move(columns));
  runs.facts = kHostile;
  runs.outcome = std::move(outcome);
  std::vector<std::string> groups;
  for (int i = 0; i < 24; ++i) groups.push_back(kHostile + std::to_string(i % 5));
  return make_comparison(runs, {.estimators = {"tse", "tse-e", "tse-ema", "tse-ema-paper", "valid-loss-sum",
                                               "valid-accuracy", "train-loss-minibatch", "params", kHostile},
                                .group = kHostile,
                                .groups = groups,
                                .effective = OverfitCriterion()});
}

TEST(Browser, ShowsAComparisonOfEstimators) {
  const Comparison compared = comparison();
  for (const int width : {1280, 390}) {
    const auto found = look_at(to_html({compared}), "comparison_check.js", width);
    if (!found) GTEST_SKIP() << kNoBrowser;
    EXPECT_EQ(found->value("problems", Json::array({"none looked for"})), Json::array()) << width;
    EXPECT_EQ(found->value("width", 0), width);
    EXPECT_EQ(found->value("scripts", 0), 5);  // data, Chart.js, the page's own, two of the test
    EXPECT_EQ(found->value("names", Json::array()), Json(compared.estimators)) << width;
    EXPECT_EQ(found->value("groups", 0), 5) << width;
    EXPECT_EQ(found->value("curves", Json::array()),
              Json::array({"T = 1", "T = 2", "T = 5", "T = 7", "T = 15", "T = 20", kHostile}));
    EXPECT_EQ(found->value("titles", Json::array()),
              Json::array({"Training, as a share of the whole schedule (log)", "Spearman's rank correlation"}));
  }
}

void expect_good(const std::optional<Json>& found, int width) {
  EXPECT_EQ(found->value("problems", Json::array({"none looked for"})), Json::array()) << width;
  EXPECT_EQ(found->value("width", 0), width);
  EXPECT_EQ(found->value("scripts", 0), 5);  // data, Chart.js, the page's own, two of the test
}

TEST(Browser, ShowsASearch) {
  for (const int width : {1280, 390}) {
    const auto found = look_at(to_html(sample::search()), "search_check.js", width);
    if (!found) GTEST_SKIP() << kNoBrowser;
    expect_good(found, width);
    EXPECT_EQ(found->value("rows", 0), 6);
    EXPECT_EQ(found->value("points", 0), 4);  // one diverged, one failed
    EXPECT_EQ(found->value("title", ""), "Trial 5");
    EXPECT_THAT(found->value("tooltip", Json::array()), testing::Contains(Json("tse-ema -1.25")));
    EXPECT_EQ(found->value("places", Json()), Json({"parameters", "trial number"}));
    EXPECT_EQ(found->value("best", Json()), Json({-2, -1.5, -1.5, -1.5, -1.5, -1.25}));
    EXPECT_EQ(found->value("costs", Json()), Json({"epochs", "seconds"}));
    EXPECT_EQ(found->value("by", Json()), Json::parse("[[2,4,5,5,5,7],[10,22,27,27,27,38]]"));
  }
}

TEST(Browser, ShowsASearchOnRecordedResults) {
  const auto found = look_at(to_html(sample::replayed_search()), "search_check.js", 390);
  if (!found) GTEST_SKIP() << kNoBrowser;
  expect_good(found, 390);
  EXPECT_EQ(found->value("names", Json()), Json({"evolution", "local", "random"}));
  EXPECT_EQ(found->value("error", ""), "1 \u2212 test_accuracy, lower is better");
  EXPECT_EQ(found->value("hours", Json()), Json({0.1, 1}));
  for (const Json& end : found->value("incumbents", Json())) EXPECT_NEAR(end.get<double>(), 0.16, 1e-12);
  for (const Json& end : found->value("oracles", Json())) EXPECT_NEAR(end.get<double>(), 0.14, 1e-12);
}

TEST(Browser, ShowsASearchByTwoObjectives) {
  const auto found = look_at(to_html(sample::front_search()), "search_check.js", 1280);
  if (!found) GTEST_SKIP() << kNoBrowser;
  expect_good(found, 1280);
  EXPECT_EQ(found->value("axes", Json()), Json({"params, lower is better", "tse-ema, higher is better"}));
}

TEST(Browser, ShowsASearchWhateverItsTextsAre) {
  SearchView view = sample::replayed_search();
  const std::string hostile = kHostile;
  view.study = view.space = view.data = view.split = view.recipe = view.algo = view.budget = view.require = hostile;
  view.objectives[0].name = view.outcome->run = hostile;
  view.outcome->name = hostile + "outcome";
  view.manifest[hostile] = hostile;
  view.drawing->nodes[0] = view.drawing->edges[0].label = hostile;
  for (SearchTrial& trial : view.history) trial.arch.text += std::string(200, 'x') + hostile;
  for (Contender& way : view.contenders) way.algo = way.objective = hostile;
  view.finals = {{.chosen_by = hostile, .number = 6, .arch = view.history[5].arch, .epochs = 3, .status = hostile}};
  const auto found = look_at(to_html(view), "search_check.js", 390);
  if (!found) GTEST_SKIP() << kNoBrowser;
  expect_good(found, 390);
  for (const Json& arch : found->value("archs", Json::array()))
    EXPECT_TRUE(arch.get<std::string>().ends_with(hostile)) << arch;
}

TEST(Browser, ShowsAOneShotSearch) {
  for (const int width : {1280, 390}) {
    const auto found = look_at(to_html(sample::one_shot()), "oneshot_check.js", width);
    if (!found) GTEST_SKIP() << kNoBrowser;
    expect_good(found, width);
    EXPECT_EQ(found->value("names", Json()), Json({"tse", "valid-accuracy", "params", "synflow"}));
    const Json lines = found->value("lines", Json());
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_NEAR(lines.at("tse").at(0).at(1).get<double>(), 0.75, 1e-12);
    EXPECT_NEAR(lines.at("tse").at(0).at(2).get<double>(), 0.1 / std::sqrt(2.0), 1e-12);  // of a sample of two
    EXPECT_EQ(lines.at("synflow"), Json::parse("[[100, 0.77, 0], [300, 0.77, 0]]"));
    EXPECT_EQ(found->at("said").at("lines").at(0), "after 300 mini-batches");
    EXPECT_EQ(found->value("places", Json()), Json({"mean of all", "super-network 0", "super-network 1"}));
    EXPECT_EQ(found->value("clouds", Json()), Json::parse("[[[-105,94],[-150,88]],[[-100,94],[-150,88]],[[-110,94]]]"));
    EXPECT_THAT(found->at("candidate").at("lines"), testing::Contains(Json("1k parameters")));
    EXPECT_EQ(found->value("rows", 0), 3);
  }
}

TEST(Browser, ShowsAOneShotSearchWhateverItsTextsAre) {
  OneShotView view = sample::one_shot();
  const std::string hostile = kHostile;
  view.study = view.space = view.data = view.split = view.recipe = view.candidate_recipe = view.sampler = hostile;
  view.estimators[0] = view.outcome->name = view.outcome->run = hostile;
  for (OneShotAgreement& each : view.agreements) each.score += hostile;
  view.references[0].score = hostile;
  view.manifest[hostile] = hostile;
  view.drawing->nodes[0] = view.drawing->edges[0].label = hostile;
  for (OneShotCandidate& each : view.candidates) each.arch.text += std::string(200, 'x') + hostile;
  const auto found = look_at(to_html(view), "oneshot_check.js", 390);
  if (!found) GTEST_SKIP() << kNoBrowser;
  expect_good(found, 390);
  for (const Json& arch : found->value("archs", Json::array()))
    EXPECT_TRUE(arch.get<std::string>().ends_with(hostile)) << arch;
}

TEST(Browser, ShowsAOneShotSearchThatHasNothingYet) {
  OneShotView view = sample::one_shot();
  view.scored = view.trained = 0;
  view.outcome.reset();
  view.agreements.clear();
  view.references.clear();
  view.drawing.reset();
  for (OneShotCandidate& each : view.candidates) each = {.arch = each.arch, .params = each.params};
  const auto found = look_at(to_html(view), "oneshot_check.js", 390);
  if (!found) GTEST_SKIP() << kNoBrowser;
  expect_good(found, 390);
  EXPECT_EQ(found->value("canvases", Json()), Json::array());
}

void expect_line(const Json& line, const std::vector<std::array<double, 3>>& points) {
  ASSERT_EQ(line.size(), points.size()) << line;
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(line.at(i).at(k).get<double>(), points[i][k], 1e-12) << line;
}

TEST(Browser, ShowsADifferentiableSearch) {
  const double of_two = std::sqrt(0.5);  // deviation of a sample of two that are one apart
  for (const int width : {1280, 390}) {
    const auto found = look_at(to_html(sample::differentiate()), "differentiate_check.js", width);
    if (!found) GTEST_SKIP() << kNoBrowser;
    expect_good(found, width);
    EXPECT_EQ(found->value("canvases", Json()), Json({"outcome-chart", "skips-chart", "shares-chart"}));
    EXPECT_EQ(found->value("cells", 0), 2);
    EXPECT_EQ(found->value("cut_off", 1), 0);  // pixels of the table of methods
    EXPECT_EQ(found->value("names", Json()),
              Json({"darts-tse:steps=50", "drnas", "random", "the largest network", "the best there is"}));
    // epoch, mean and deviation: one seed has no outcome after the second epoch, one was in its second
    const Json outcomes = found->value("outcomes", Json());
    ASSERT_EQ(outcomes.size(), 5U);
    expect_line(outcomes.at("darts-tse:steps=50"), {{{1, 91.5, of_two}, {2, 93, 0}, {3, 93, of_two}}});
    expect_line(outcomes.at("drnas"), {{{1, 89, 2 * of_two}, {2, 91, 0}, {3, 94, 0}}});
    EXPECT_EQ(outcomes.at("random"), Json::parse("[[1, 89.5, null], [3, 89.5, null]]"));
    EXPECT_EQ(outcomes.at("the largest network").at(0).at(1), 93.25);
    EXPECT_EQ(outcomes.at("the best there is").at(0).at(1), 94.5);
    EXPECT_EQ(found->at("said").at("title"), "darts-tse:steps=50");
    EXPECT_EQ(found->at("said").at("lines"), Json({"after epoch 3", "test_accuracy 93 ± 0.71", "2 seeds"}));
    expect_line(found->at("skips").at("darts-tse:steps=50"), {{{1, 1, 2 * of_two}, {2, 1, 0}, {3, 1.5, of_two}}});
    expect_line(found->at("entropies").at("drnas"), {{{1, 1.6, 0}, {2, 1.5, 0}, {3, 1.4, 0}}});
    EXPECT_EQ(found->value("searches", Json()),
              Json({"darts-tse:steps=50, seed 0", "darts-tse:steps=50, seed 1", "drnas, seed 0", "drnas, seed 1"}));
    EXPECT_EQ(found->value("places", Json()),
              Json({"edge_1_0", "edge_2_0", "edge_2_1", "edge_3_0", "edge_3_1", "edge_3_2"}));
    EXPECT_EQ(found->value("options", Json()),
              Json({"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"}));
    // of the first search: the pick of a place has a quarter, a half, three quarters; the third changes its mind
    EXPECT_EQ(found->at("shares").at(0).at(2), Json::parse("[[1, 0.25], [2, 0.5], [3, 0.75]]"));
    EXPECT_EQ(found->at("shares").at(2).at(2), Json::parse("[[1, 0.25], [2, 0.125], [3, 0.0625]]"));
    EXPECT_EQ(found->at("shares").at(2).at(1), Json::parse("[[1, 0.1875], [2, 0.5], [3, 0.75]]"));
    EXPECT_EQ(found->value("of_last", Json()), Json::parse("[[1, 0.1875]]"));  // which has one epoch
    EXPECT_EQ(found->value("lit", Json()), Json({"2"}));                       // the row that was chosen
    EXPECT_EQ(found->value("rows", 0), 4);
  }
}

TEST(Browser, ShowsADifferentiableSearchWithoutATable) {
  DifferentiateView view = sample::differentiate();
  view.data = "cifar10:dir=/data/images/cifar10,train=25000,valid=25000,crop=4,flip=1";  // wider than a phone
  view.outcome.reset();
  for (DifferentiateMethod& method : view.methods)
    for (DifferentiateRun& run : method.runs) run.outcomes.clear();
  const auto found = look_at(to_html(view), "differentiate_check.js", 390);
  if (!found) GTEST_SKIP() << kNoBrowser;
  expect_good(found, 390);
  EXPECT_EQ(found->value("canvases", Json()), Json({"skips-chart", "shares-chart"}));
  EXPECT_EQ(found->value("names", Json()), Json({"darts-tse:steps=50", "drnas"}));
}

TEST(Browser, ShowsADifferentiableSearchWhateverItsTextsAre) {
  DifferentiateView view = sample::differentiate();
  const std::string hostile = kHostile;
  view.study = view.space = view.data = view.split = view.outcome->name = view.outcome->run = hostile;
  view.manifest[hostile] = hostile;
  for (Place& place : view.places) {
    place.name += hostile;
    for (std::string& option : place.options) option += hostile;
  }
  for (DifferentiateMethod& method : view.methods) {
    method.name += hostile;
    method.recipe = hostile;
    for (DifferentiateRun& run : method.runs) {
      run.reason = hostile;
      run.drawing->nodes[0] = run.drawing->edges[0].label = hostile;
      for (Found& each : run.found) each.arch += std::string(200, 'x') + hostile;
    }
  }
  const auto found = look_at(to_html(view), "differentiate_check.js", 390);
  if (!found) GTEST_SKIP() << kNoBrowser;
  expect_good(found, 390);
  EXPECT_EQ(found->at("names").at(0), "darts-tse:steps=50" + hostile);
  EXPECT_EQ(found->at("options").at(0), "none" + hostile);
  EXPECT_EQ(found->at("searches").at(3), "drnas" + hostile + ", seed 1");
  for (const Json& arch : found->value("archs", Json::array()))
    EXPECT_TRUE(arch.get<std::string>().ends_with(hostile)) << arch;
}

TEST(Browser, ShowsADifferentiableSearchThatHasNothingYet) {
  DifferentiateView view = sample::differentiate();
  for (DifferentiateMethod& method : view.methods) method.runs.clear();
  view.methods[0].runs = {{.number = 0}};
  const auto found = look_at(to_html(view), "differentiate_check.js", 390);
  if (!found) GTEST_SKIP() << kNoBrowser;
  expect_good(found, 390);
  EXPECT_EQ(found->value("canvases", Json()), Json::array());
  EXPECT_EQ(found->value("rows", 0), 1);
}

TEST(Browser, ShowsASearchThatHasNothingYet) {
  SearchView view = sample::search();
  view.history.clear();
  view.params.clear();
  view.finals.clear();
  view.drawing.reset();
  const auto found = look_at(to_html(view), "search_check.js", 390);
  if (!found) GTEST_SKIP() << kNoBrowser;
  expect_good(found, 390);
  EXPECT_EQ(found->value("canvases", Json()), Json::array());
}

}  // namespace
}  // namespace tse
