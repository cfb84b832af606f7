#include "tse/workflow/search.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace tse
