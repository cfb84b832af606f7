// Who is called the best of a comparison, and who is not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/comparisons.h"
#include "support/expect_error.h"
#include "tse/compare/comparison.h"
#include "tse/report/comparison_json.h"
#include "tse/report/comparison_text.h"

namespace tse {
namespace {

TEST(ComparisonLeader, WhatIsKnownOfFewCannotLead) {
  CurveTable table{.archs = {}, .columns = {{"accuracy", {}}, {"oracle", {}}, {"guess", {}}}, .outcome = "accuracy"};
  for (int i = 0; i < 20; ++i) {
    table.archs.push_back(std::to_string(i));
    table.columns["accuracy"].push_back(i);
    table.columns["oracle"].push_back(i < 17 ? i : std::nan(""));
    table.columns["guess"].push_back(i % 7);
  }
  const ComparisonOptions options{.estimators = {"guess", "oracle"}, .bootstrap = {.resamples = 0}};
  const Comparison few = make_comparison(Runs("table", table), options);
  EXPECT_EQ(few.row(0, 1).spearman, 1);
  EXPECT_EQ(leader(few, 0), 0U);
  EXPECT_FALSE(few.row(0, 1).can_lead);
  EXPECT_THAT(few.notes, testing::ElementsAre(testing::HasSubstr("17 of the 20 trainings, those that have what it")));
  table.columns["oracle"][17] = 17;
  EXPECT_EQ(leader(make_comparison(Runs("table", table), options), 0), 1U);
}

TEST(ComparisonLeader, ABlendLearnsFromNoneAndCanLead) {
  Runs runs = sample::runs(200, 3);
  CurveTable scores{.archs = runs.archs(), .columns = {{"synflow", {}}}};
  Stream random(3);
  for (const double quality : runs.outcome->values) scores.columns["synflow"].push_back(quality + random.unit());
  const Runs both = runs.with_columns(Runs("scores", scores));
  const ComparisonOptions options{.estimators = {"tse-ema", "blend", "synflow"}, .bootstrap = {.resamples = 0}};
  const Comparison comparison = make_comparison(both, options);
  for (std::size_t b = 0; b < comparison.budgets.size(); ++b) {
    EXPECT_EQ(comparison.row(b, 1).n, 200);
    EXPECT_TRUE(comparison.row(b, 1).can_lead);
  }
  EXPECT_EQ(leader(comparison, 0), 1U);
  EXPECT_THAT(make_comparison(both, {.bootstrap = {.resamples = 0}}).estimators, testing::Contains("blend"));
  EXPECT_THAT(make_comparison(runs, {.bootstrap = {.resamples = 0}}).estimators,
              testing::Not(testing::Contains("blend")));
  EXPECT_THAT(message_of<UsageError>([&] { (void)make_comparison(runs, options); }), testing::HasSubstr("--scores"));
}

TEST(ComparisonLeader, WhatLearnsFromOthersCannotLead) {
  const Comparison comparison = make_comparison(
      sample::runs(60, 4), {.estimators = {"params", "lcsvr:train=40,draws=10"}, .bootstrap = {.resamples = 0}});
  const std::size_t last = comparison.budgets.size() - 1;
  EXPECT_EQ(comparison.row(last, 1).n, 20);
  EXPECT_FALSE(comparison.row(last, 1).can_lead);
  const Comparison few = make_comparison(
      sample::runs(60, 4),
      {.estimators = {"params", "lcsvr:train=3,draws=10"}, .budgets = {4}, .bootstrap = {.resamples = 0}});
  EXPECT_EQ(few.row(0, 1).n, 57);
  EXPECT_FALSE(few.row(0, 1).can_lead);
  EXPECT_THAT(comparison.notes, testing::Contains(testing::HasSubstr("it learns from others")));
}

TEST(ComparisonLeader, AColumnOfTheEndIsAReferenceLine) {
  const Runs runs = sample::runs(40, 4);
  const Comparison comparison =
      make_comparison(runs, {.estimators = {"valid_accuracy", "params"}, .bootstrap = {.resamples = 0}});
  EXPECT_TRUE(comparison.row(0, 0).reference_line);
  EXPECT_EQ(leader(comparison, 0), 1U);
  // what is only called so is none
  CurveTable table{.archs = {"a", "b", "c"}, .columns = {{"accuracy", {1, 2, 3}}, {"mine-final", {1, 2, 3}}}};
  table.outcome = "accuracy";
  const Comparison other =
      make_comparison(Runs("table", table), {.estimators = {"mine-final"}, .bootstrap = {.resamples = 0}});
  EXPECT_EQ(leader(other, 0), 0U);
}

TEST(ComparisonLeader, TheOutcomeIsNoEstimatorOfItself) {
  CurveTable table{.archs = {"a", "b", "c"}, .columns = {{"accuracy", {1, 2, 3}}, {"mine", {3, 2, 1}}}};
  table.outcome = "accuracy";
  for (const std::string name : {"accuracy", "accuracy:lower"}) {
    const Comparison comparison =
        make_comparison(Runs("table", table), {.estimators = {name, "mine"}, .bootstrap = {.resamples = 0}});
    EXPECT_TRUE(comparison.row(0, 0).reference_line);
    EXPECT_EQ(leader(comparison, 0), 1U);
  }
}

TEST(ComparisonLeader, WhereNoneCanLeadNoneIsCalledTheBest) {
  const Comparison comparison = make_comparison(
      sample::runs(40, 4), {.estimators = {"valid-accuracy-final", "valid-loss-final"}, .budgets = {2, 4}});
  EXPECT_FALSE(leader(comparison, 0).has_value());
  EXPECT_TRUE(std::isnan(comparison.row(0, 0).difference));
  EXPECT_TRUE(std::isnan(comparison.row(0, 1).difference_interval.high));
  EXPECT_THAT(to_text(comparison, 0), testing::Not(testing::ContainsRegex("[0-9]\\*")));
  for (const Json& row : to_json(comparison).at("rows")) {
    EXPECT_FALSE(row.at("best").get<bool>());
    EXPECT_TRUE(row.at("difference").is_null());
  }
}

TEST(ComparisonLeader, AReferenceLineCannotLead) {
  Runs runs = sample::runs(40, 4);
  runs.outcome->values.clear();
  for (const Record& record : runs.records()) runs.outcome->values.push_back(record.column("valid_accuracy"));
  const Comparison comparison =
      make_comparison(runs, {.estimators = {"valid-accuracy-final", "tse", "valid-accuracy"}, .budgets = {2, 4}});
  EXPECT_EQ(sample::row_of(comparison, "valid-accuracy-final", 2).spearman, 1);
  EXPECT_EQ(sample::row_of(comparison, "valid-accuracy", 4).spearman, 1);
  EXPECT_NE(leader(comparison, 0), 0U);
  EXPECT_EQ(leader(comparison, 1), 2U);
  EXPECT_TRUE(comparison.row(0, 0).reference_line);
  EXPECT_GT(sample::row_of(comparison, "valid-accuracy-final", 2).difference, 0);
  EXPECT_THAT(to_text(comparison, 0), testing::ContainsRegex("valid-accuracy-final +1\\.000 +1\\.000 *\n"));
}

}  // namespace
}  // namespace tse
