#include "tse/study/runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/study/study.h"

namespace tse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A study of five trials of two epochs: two that end well, one that diverges, one that fails, one that waits.
std::filesystem::path make_study(const TempFolder& folder, const Json& truth) {
  const Plan plan{.verb = "rank",
                  .space = "nb201:channels=4,cells=1",
                  .data = "synthetic:size=8",
                  .recipe = "nb201",
                  .budget = {.epochs = 2, .test_at_end = true},
                  .engine = {},
                  .estimators = {"tse-ema"},
                  .truth = truth,
                  .command_line = {},
                  .manifest = {}};
  const auto file = folder.path() / "study.tse";
  const auto space = make_space(plan.space);
  std::vector<Arch> archs;
  for (std::uint64_t index = 0; index < 5; ++index) archs.push_back(space->at(index));
  const auto store = begin_study(file, plan, make_jobs(plan, archs));
  for (int trial = 0; trial < 4; ++trial) {
    const auto claim = store->claim(self(), 60);
    Trace trace{.status = TraceStatus::ok, .train_images = 4, .batch = 2, .step_loss = {4, 3, 2, 1.0 + trial}};
    if (trial < 2) trace.evaluations = {{.split = "test", .epoch = 2, .loss = 1.5, .accuracy = 0.5 + 0.1 * trial}};
    if (trial == 2) {
      trace.status = TraceStatus::diverged;
      trace.step_loss = {4, std::nan("")};
    }
    if (trial == 3) trace.status = TraceStatus::failed;
    EXPECT_TRUE(store->finish(claim->lease, trace));
  }
  return file;
}

TEST(ReadRuns, TakesWhatEndedAndItsOwnOutcome) {
  const TempFolder folder;
  const Runs runs = read_runs(make_study(folder, nullptr));
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs.left_out, 2U);
  EXPECT_EQ(runs.epochs(), 2);
  EXPECT_EQ(runs.schedule_epochs(), 200);
  EXPECT_THAT(runs.facts, HasSubstr("synthetic:size=8"));
  ASSERT_TRUE(runs.outcome.has_value());
  EXPECT_EQ(runs.outcome->name, "test_accuracy");
  EXPECT_THAT(runs.outcome->values, ElementsAre(0.5, 0.6, 0.1));  // guessing among ten classes
  EXPECT_THAT(runs.outcome->source, HasSubstr("chance level for 1"));
  EXPECT_THAT(runs.records()[1].step_loss, ElementsAre(4, 3, 2, 2));
  EXPECT_EQ(runs.records()[2].status, TraceStatus::diverged);
  EXPECT_GT(runs.records()[0].column("params"), 0);
  EXPECT_EQ(runs.records()[1].column("test_loss"), 1.5);
}

/// What shares a result is no other training, and a final one, though as long as the rest, is of another kind.
TEST(ReadRuns, OfASearchAreTheTrialsThatTrained) {
  const TempFolder folder;
  Plan plan{.verb = "search",
            .space = "nb201:channels=4,cells=1",
            .data = "synthetic:size=8",
            .recipe = "nb201",
            .budget = {.epochs = 2, .test_at_end = true, .keep_weights = true},
            .engine = {},
            .estimators = {"tse"},
            .truth = nullptr,
            .command_line = {},
            .manifest = {}};
  plan.search = SearchPlan{.algo = "random", .budget = "3trials", .objectives = {"tse"}, .final_epochs = 2};
  const auto file = folder.path() / "study.tse";
  const auto store = begin_study(file, plan, {});
  const auto space = make_space(plan.space);
  const Trace trace{.status = TraceStatus::ok,
                    .train_images = 4,
                    .batch = 2,
                    .step_loss = {4, 3, 2, 1},
                    .evaluations = {{.split = "test", .epoch = 2, .loss = 1.5, .accuracy = 0.5}},
                    .seconds = 8};
  store->append_finished(make_job(plan, space->at(3), 0), trace);
  store->append_finished(make_job(plan, space->at(9), 1), trace);
  Job shares = make_job(plan, space->at(10), 2);
  shares.same_as = 0;
  store->append_finished(shares, trace);
  store->remember("search_end", {{"trials", 3}, {"reason", "the budget is spent"}});
  store->append_finished(make_job(plan, space->at(3), 3), trace);
  const Runs runs = read_runs(file);
  EXPECT_THAT(runs.archs(), ElementsAre(space->at(3).text, space->at(9).text));
  EXPECT_EQ(runs.left_out, 0U);
  EXPECT_THAT(runs.seconds_per_epoch, ElementsAre(4, 4));
}

TEST(ReadRuns, AStudysTruthComesFirst) {
  const TempFolder folder;
  const auto space = make_space("nb201:channels=4,cells=1");
  const Json truth = {{"column", "loss"},
                      {"lower", true},
                      {"outcome", {{space->at(0).text, 0.25}, {space->at(2).text, 0.75}}},
                      {"source", "final.csv"}};
  const Runs runs = read_runs(make_study(folder, truth));
  EXPECT_EQ(runs.outcome->name, "loss");
  EXPECT_TRUE(runs.outcome->lower);
  EXPECT_EQ(runs.outcome->values[0], 0.25);
  EXPECT_TRUE(std::isnan(runs.outcome->values[1]));
  EXPECT_THAT(runs.outcome->source, HasSubstr("final.csv"));
  EXPECT_EQ(runs.columns().at("loss").at(2), 0.75);
}

TEST(ReadRuns, RefusesWhatIsNoStudy) {
  const TempFolder folder;
  EXPECT_THROW(read_runs(folder.write("study.tse", std::string_view("no study"))), DataError);
  EXPECT_THROW(read_runs(folder.path() / "nowhere.tse"), DataError);
}

}  // namespace
}  // namespace tse
