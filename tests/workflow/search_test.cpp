#include "tse/workflow/search.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/temp_folder.h"
#include "tse/study/study.h"

namespace tse {
namespace {

Plan plan_of(const std::string& budget, int final_epochs) {
  Plan plan{.verb = "search",
            .space = "nb201",
            .data = "synthetic",
            .recipe = "nb201",
            .budget = {.epochs = 5, .keep_weights = true},
            .engine = {},
            .estimators = {"tse"},
            .truth = nullptr,
            .command_line = {},
            .manifest = nullptr};
  plan.search = SearchPlan{.algo = "random", .budget = budget, .objectives = {"tse"}, .final_epochs = final_epochs};
  return plan;
}

/// Three trials, the last of which shares the result of the first.
std::vector<Trial> three() {
  std::vector<Trial> trials(3);
  trials[2].job.same_as = 0;
  return trials;
}

TEST(PlannedWork, IsWhatTheBudgetIsGoodForAndTheFinals) {
  const PlannedWork trials = planned_work(plan_of("10trials", 20), three(), {.proposes = true, .finals = true});
  EXPECT_EQ(trials.trials, 7 + 2);
  EXPECT_EQ(trials.epochs, 7 * 5 + 2 * 20);
  const PlannedWork epochs = planned_work(plan_of("43epochs", 0), three(), {.proposes = true, .finals = false});
  EXPECT_EQ(epochs.trials, 8 - 2);
  EXPECT_EQ(epochs.epochs, 6 * 5);
}

/// Weights that all trainings keep are no sign of final ones.
TEST(PlannedWork, IsNoneOnceAllIsBegun) {
  const PlannedWork none = planned_work(plan_of("10trials", 20), three(), {.proposes = false, .finals = false});
  EXPECT_EQ(none.trials, 0);
  EXPECT_EQ(none.epochs, 0);
}

TEST(PlannedWork, OfATimeIsNotKnown) {
  EXPECT_EQ(planned_work(plan_of("1h", 0), three(), {.proposes = true, .finals = false}).trials, 0);
}

/// What the study remembers is not asked of the engine again, which is not there to answer.
TEST(PreferenceOf, KnowsWhatTheStudyRemembers) {
  const TempFolder folder;
  Plan plan = plan_of("10trials", 0);
  plan.search->draw = "synflow:of=2";
  const auto store = begin_study(folder.path() / "s.tse", plan, {});
  const auto space = make_space(plan.space);
  const Task task;
  DrawWatch watch;
  int attended = 0;
  watch.attend = [&] { ++attended; };
  const Preference prefers = preference_of(plan, task, *store, watch);
  EXPECT_EQ(prefers.of, 2);
  const Arch arch = space->at(77);
  store->remember("draw " + space->canonical(arch), 0.5);
  EXPECT_EQ(prefers.score(arch), 0.5);
  const Arch other = space->at(99);
  store->remember("draw " + space->canonical(other), nullptr);
  EXPECT_TRUE(std::isnan(prefers.score(other)));
  EXPECT_EQ(watch.scored, 2);
  EXPECT_EQ(attended, 2);
}

}  // namespace
}  // namespace tse
