// What a comparison says in words and numbers: notes, text, JSON, CSV.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/comparisons.h"
#include "tse/base/csv.h"
#include "tse/compare/comparison.h"
#include "tse/report/comparison_html.h"
#include "tse/report/comparison_json.h"
#include "tse/report/comparison_text.h"

namespace tse {
namespace {

TEST(ComparisonOutput, SaysHowManyTrainingsWhereTheirNumberVaries) {
  const double hole = std::nan("");
  const CurveTable table{.archs = {"a", "b", "c"},
                         .epochs = 2,
                         .curves = {{Metric::train_loss, {3, 2, 3, 2.5, 3, hole}}},
                         .columns = {{"accuracy", {2, 1, 3}}},
                         .outcome = "accuracy"};
  ComparisonOptions options{.estimators = {"tse"}, .budgets = {1, 2}, .bootstrap = {.resamples = 0}};
  const Comparison varying = make_comparison(Runs("table", table), options);
  EXPECT_TRUE(has_varying_trainings(varying));
  EXPECT_THAT(to_text(varying, 0), testing::ContainsRegex("trainings +3 +2"));
  EXPECT_THAT(to_html({varying}), testing::HasSubstr("<tr><td>trainings</td><td>3</td><td>2</td></tr>"));
  options.budgets = {1};
  const Comparison one = make_comparison(Runs("table", table), options);
  EXPECT_FALSE(has_varying_trainings(one));
  EXPECT_THAT(side_by_side_text({varying, one}), testing::HasSubstr("not all of them have are left out"));
  EXPECT_THAT(side_by_side_text({one, one}), testing::Not(testing::HasSubstr("left out")));
}

TEST(ComparisonOutput, NamesTheCurvesThatCouldStandInForTheLoss) {
  const CurveTable table{.archs = {"a", "b"},
                         .epochs = 1,
                         .curves = {{Metric::train_error, {0.5, 0.25}}, {Metric::valid_accuracy, {0.5, 0.75}}},
                         .columns = {{"accuracy", {1, 2}}},
                         .outcome = "accuracy"};
  ComparisonOptions options{.bootstrap = {.resamples = 0}};
  EXPECT_THAT(make_comparison(Runs("table", table), options).notes,
              testing::Contains(testing::HasSubstr("--curve train_error")));
  options.curve = Metric::train_error;
  EXPECT_THAT(make_comparison(Runs("table", table), options).notes,
              testing::Not(testing::Contains(testing::HasSubstr("--curve"))));
}

TEST(ComparisonOutput, SaysWhyThereIsNoNumber) {
  const auto notes = [](const std::vector<double>& accuracy, const std::vector<double>& mine, double at_least = -1e9) {
    CurveTable table{.archs = {}, .columns = {{"accuracy", accuracy}, {"mine", mine}}, .outcome = "accuracy"};
    for (std::size_t i = 0; i < accuracy.size(); ++i) table.archs.push_back(std::to_string(i));
    return make_comparison(Runs("table", table), {.estimators = {"mine"}, .at_least = at_least}).notes;
  };
  using testing::ElementsAre;
  using testing::HasSubstr;
  EXPECT_THAT(notes({1, 2, 3}, {1, 2, 3}, 10), ElementsAre(HasSubstr("no training is left")));
  EXPECT_THAT(notes({1, 2, 3}, {1, 2, 3}, 3), ElementsAre(HasSubstr("a single training is left")));
  EXPECT_THAT(notes({1, 2, 3, 4, 5}, {1, 1, 1, 1, 1}), ElementsAre(HasSubstr("mine: the same for all")));
  EXPECT_THAT(notes({1, 1, 1, 1, 1}, {1, 2, 3, 4, 5}), ElementsAre(HasSubstr("or all outcomes are")));
  EXPECT_THAT(notes({1, 2, 3}, {1, 2, 3}), ElementsAre(HasSubstr("too few for intervals")));
  EXPECT_THAT(notes({1, 2, 3, 4, 5}, {1, 2, 3, 5, 4}), testing::IsEmpty());
}

TEST(ComparisonOutput, TextSaysWhoIsBetterThanTheOneAskedFor) {
  const Comparison comparison =
      make_comparison(sample::runs(80, 6), {.estimators = {"tse", "params"}, .budgets = {6}, .against = "params"});
  EXPECT_THAT(to_text(comparison, 0), testing::ContainsRegex("epochs +clearly better +clearly worse"));
  EXPECT_THAT(to_text(comparison, 0), testing::ContainsRegex("     6  tse +-\n"));
}

TEST(ComparisonOutput, TextSaysWhoLeads) {
  const Comparison comparison =
      make_comparison(sample::runs(60, 6), {.estimators = {"tse", "params"}, .budgets = {2, 6}});
  const std::string text = to_text(comparison, 100);
  EXPECT_THAT(text, testing::HasSubstr("60 trainings of own"));
  EXPECT_THAT(text, testing::HasSubstr("quality of a test"));
  EXPECT_THAT(text, testing::HasSubstr("2 (0.33)"));
  EXPECT_THAT(text, testing::ContainsRegex("tse +0\\.[0-9]+\\* +0\\.[0-9]+\\*"));
  EXPECT_THAT(side_by_side_text({comparison, comparison}), testing::HasSubstr("(2) 60 trainings of own"));
}

TEST(ComparisonOutput, JsonAndCsvHoldTheSameNumbers) {
  const Comparison comparison =
      make_comparison(sample::runs(30, 4), {.estimators = {"tse", "tse-e:epochs=2,mean=steps"}, .budgets = {1, 4}});
  const Json json = to_json(comparison);
  ASSERT_EQ(json.at("rows").size(), 4U);
  const Csv csv = Csv::parse(to_csv(comparison, true), "csv");
  ASSERT_EQ(csv.rows(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    const Json& row = json.at("rows")[i];
    EXPECT_EQ(csv.cell(i, csv.column("estimator")), row.at("estimator").get<std::string>());
    for (const auto& [column, key] :
         {std::pair{"spearman", "spearman"}, {"kendall", "kendall"}, {"regret", "regret"}}) {
      if (row.at(key).is_null()) {
        EXPECT_TRUE(std::isnan(csv.number(i, csv.column(column))));
      } else {
        EXPECT_EQ(csv.number(i, csv.column(column)), row.at(key).get<double>());
      }
    }
  }
  EXPECT_TRUE(json.at("rows")[1].at("spearman").is_null());  // a window of two epochs after one
  EXPECT_EQ(json.at("rows")[1].at("n"), 0);
  EXPECT_TRUE(json.at("rows")[0].contains("top10_mean_outcome"));
}

}  // namespace
}  // namespace tse
