#include "tse/estimate/effective_budget.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "estimate/random_trace.h"
#include "tse/base/error.h"
#include "tse/base/random.h"

namespace tse {
namespace {

Runs runs_of(std::vector<Trace> traces) {
  std::vector<std::string> archs;
  for (std::size_t i = 0; i < traces.size(); ++i) archs.push_back("arch-" + std::to_string(i));
  return Runs("study", std::move(archs), std::move(traces), {});
}

TEST(EffectiveBudget, WorkedExample) {
  const EffectiveBudget budget =
      effective_budget(runs_of({curve({1.0, 0.5, 0.2, 0.09, 0.05}), curve({1.0, 0.8, 0.6, 0.4, 0.2})}), {});
  EXPECT_EQ(budget.first_overfit, 4);
  EXPECT_EQ(budget.effective, 3);  // 3.6
  EXPECT_EQ(budget.overfitted, 1);
  EXPECT_EQ(budget.first, "arch-0");
  EXPECT_EQ(budget.end, 5);
}

TEST(EffectiveBudget, WithoutASignItIsTheWholeTraining) {
  const EffectiveBudget budget = effective_budget(runs_of({curve(std::vector<double>(10, 1.0))}), {});
  EXPECT_EQ(budget.first_overfit, 10);
  EXPECT_EQ(budget.effective, 9);
  EXPECT_EQ(budget.overfitted, 0);
  EXPECT_EQ(budget.first, "");
}

TEST(EffectiveBudget, IsAtLeastOneEpoch) {
  EXPECT_EQ(effective_budget(runs_of({curve({0.01, 0.01})}), {}).effective, 1);
  EXPECT_EQ(effective_budget(runs_of({}), {}).effective, 0);
}

TEST(EffectiveBudget, WhatIsNoNumberIsNoSign) {
  Trace diverged = curve({1.0, std::nan("")});
  diverged.status = TraceStatus::diverged;
  const EffectiveBudget budget = effective_budget(runs_of({diverged, curve({1.0, 0.9, 0.8})}), {});
  EXPECT_EQ(budget.first_overfit, 3);
  EXPECT_EQ(budget.trainings, 2);
  EXPECT_EQ(budget.left_out, 0);
}

TEST(EffectiveBudget, LeavesOutWhatWasNotTrainedToTheEnd) {
  const EffectiveBudget budget =
      effective_budget(runs_of({curve({1.0, 0.9, 0.8}), curve({1.0, 0.9}), curve({1.0, 0.05})}), {});
  EXPECT_EQ(budget.trainings, 2);
  EXPECT_EQ(budget.left_out, 1);
  EXPECT_EQ(budget.first_overfit, 2);
}

TEST(EffectiveBudget, OtherSigns) {
  Trace trace = curve({1.0, 0.9, 0.8, 0.7, 0.6});
  for (const auto& [epoch, loss] : {std::pair{1, 1.0}, {2, 0.9}, {3, 1.0}, {4, 1.1}, {5, 1.2}})
    trace.evaluations.push_back({.split = "valid", .epoch = epoch, .loss = loss, .accuracy = 0.5});
  EXPECT_EQ(effective_budget(runs_of({trace}), {.valid_rises = 1}).first_overfit, 3);
  EXPECT_EQ(effective_budget(runs_of({trace}), {.valid_rises = 2}).first_overfit, 4);
  EXPECT_EQ(effective_budget(runs_of({trace}), {.valid_rises = 4}).first_overfit, 5);
  const CurveTable table{.archs = {"a"},
                         .epochs = 3,
                         .curves = {{Metric::train_loss, {1.0, 0.9, 0.8}}, {Metric::train_accuracy, {90, 99.9, 100}}}};
  EXPECT_EQ(effective_budget(Runs("table", table), {.train_accuracy = 99.9}).first_overfit, 2);
  EXPECT_EQ(effective_budget(Runs("table", table), {.below = 0.85}).first_overfit, 3);
}

TEST(EffectiveBudget, LooksAtTheCurvesOfItsCriterion) {
  const CurveTable table{.archs = {"a", "b", "c"},
                         .epochs = 3,
                         .curves = {{Metric::train_accuracy, {90, 99.95, 100, 90, 91, 92, 90, 91, std::nan("")}}}};
  const EffectiveBudget budget = effective_budget(Runs("table", table), {.train_accuracy = 99.9});
  EXPECT_EQ(budget.trainings, 2);
  EXPECT_EQ(budget.left_out, 1);  // not recorded to the end
  EXPECT_EQ(budget.first_overfit, 2);
  EXPECT_THROW(effective_budget(Runs("table", table), {}), UsageError);
  EXPECT_THROW(effective_budget(Runs("table", CurveTable{.archs = {"a"}, .epochs = 0}), {}), UsageError);
  const CurveTable blank{.archs = {"a"}, .epochs = 2, .curves = {{Metric::train_loss, {std::nan(""), std::nan("")}}}};
  EXPECT_THROW(effective_budget(Runs("table", blank), {}), UsageError);
}

TEST(EffectiveBudget, EndsWhereTheCurvesOfItsCriterionDo) {
  const CurveTable table{
      .archs = {"a", "b"},
      .epochs = 4,
      .curves = {{Metric::train_loss, {1, 0.9, std::nan(""), std::nan(""), 1, 0.8, std::nan(""), std::nan("")}},
                 {Metric::valid_loss, {1, 0.9, 0.8, 0.7, 1, 0.9, 0.8, 0.9}}}};
  const Runs runs("table", table);
  EXPECT_EQ(runs.epochs(), 4);
  EXPECT_EQ(runs.shared_epochs(std::vector{1.0, 1.0}), 2);  // of the losses, which most estimators need
  const EffectiveBudget budget = effective_budget(runs, {});
  EXPECT_EQ(budget.end, 2);
  EXPECT_EQ(budget.trainings, 2);
  EXPECT_EQ(effective_budget(runs, {.valid_rises = 1}).first_overfit, 4);
  EXPECT_THROW(effective_budget(runs, {.train_accuracy = 99}), UsageError);  // which were not recorded
}

TEST(EffectiveBudget, IsKnownBySignsOrAtTheEndOfTheSchedule) {
  Runs runs = runs_of({curve({1.0, 0.9, 0.8})});
  EXPECT_TRUE(effective_budget(runs, {}).known());
  runs.set_schedule_epochs(200);
  EXPECT_EQ(effective_budget(runs, {}).schedule_end, 200);
  EXPECT_FALSE(effective_budget(runs, {}).known());
  EXPECT_TRUE(effective_budget(runs, {.below = 0.85}).known());
}

TEST(EffectiveBudget, SamplesFollowTheirDistribution) {
  // 400 trainings over-fitted at epochs 1 .. 400, one each: the least of m drawn without replacement has mean
  // (400 + 1)/(m + 1).
  std::vector<Trace> traces;
  for (int first = 1; first <= 400; ++first) {
    std::vector<double> losses(401, 1.0);
    losses[static_cast<std::size_t>(first) - 1] = 0.05;
    traces.push_back(curve(std::move(losses)));
  }
  const EffectiveBudget budget = effective_budget(runs_of(std::move(traces)), {}, {.draws = 2000});
  EXPECT_EQ(budget.first_overfit, 1);
  ASSERT_EQ(budget.samples.size(), 3U);  // 10, 50, 100 of 400
  for (const EffectiveBudget::Sample& sample : budget.samples) {
    const double expected = 401.0 / (sample.trainings + 1);
    EXPECT_NEAR(sample.mean, expected, 5 * expected / std::sqrt(2000.0));  // five standard errors: nearly geometric
    EXPECT_GE(sample.least, 1);
    EXPECT_GT(sample.most, sample.mean);
  }
}

}  // namespace
}  // namespace tse
