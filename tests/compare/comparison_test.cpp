#include "tse/compare/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "support/comparisons.h"
#include "support/expect_error.h"
#include "support/tables.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/estimate/estimator.h"
#include "tse/rank/correlation.h"
#include "tse/report/comparison_json.h"
#include "tse/report/comparison_text.h"

namespace tse {
namespace {

TEST(Comparison, AgreesWithScipyOnRealTables) {
  const std::string folder = std::string(TSE_SHARED) + "/tables/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  const auto bytes = read_file(std::string(TSE_SOURCE) + "/tests/estimate/expected_evaluation.json", 1U << 20U);
  const Json expected = parse_json(as_text(bytes), "expected_evaluation.json");
  struct Source {
    const char* table;
    std::vector<Metric> metrics;
    const char* outcome;
    bool lower;
    std::optional<Metric> curve;
  };
  int compared = 0;
  for (const Source& source :
       {Source{"nasbench_nlp_wikitext2", {Metric::train_loss, Metric::valid_loss}, "test_loss", true, {}},
        Source{"nb201_cifar10valid_accuracy_curves",
               {Metric::train_accuracy, Metric::valid_accuracy},
               "test_accuracy",
               false,
               Metric::train_accuracy},
        Source{"nb201_cifar10_error_curves",
               {Metric::train_error, Metric::test_error},
               "test_accuracy",
               false,
               Metric::train_error}}) {
    ComparisonOptions options{.budgets = {5, 9, 10, 20}, .curve = source.curve, .bootstrap = {.resamples = 0}};
    for (const Json& one : expected["correlations"])
      if (one["table"] == source.table && one["epochs"] == 5) options.estimators.push_back(one["estimator"]);
    const Runs runs(source.table, read_tables(folder + source.table, source.metrics, source.outcome, source.lower));
    const Comparison comparison = make_comparison(runs, options);
    for (const Json& one : expected["correlations"]) {
      if (one["table"] != source.table) continue;
      const ComparisonRow& row = sample::row_of(comparison, one["estimator"], one["epochs"]);
      EXPECT_EQ(row.n, one["n"].get<int>()) << one;
      EXPECT_NEAR(row.spearman, one["spearman"].get<double>(), 1e-12) << one;
      EXPECT_NEAR(row.kendall, one["kendall"].get<double>(), 1e-12) << one;
      if (!one["top10_mean"].is_null()) {
        const double sign = source.lower ? -1 : 1;
        EXPECT_NEAR(row.top_mean_outcome, sign * one["top10_mean"].get<double>(), 1e-9) << one;
      }
      ++compared;
    }
  }
  EXPECT_EQ(compared, 3 * 4 * 7 + 4);
}

TEST(Comparison, IsWhatEachEstimatorGives) {
  const Runs runs = sample::runs(60, 8);
  const Comparison comparison =
      make_comparison(runs, {.estimators = {"tse", "tse-e:epochs=2", "params"}, .budgets = {2, 5}});
  for (const std::string& name : comparison.estimators) {
    for (const int T : comparison.budgets) {
      std::vector<double> scores;
      for (const Record& record : runs.records()) scores.push_back(make_estimator(name)->score(record, T));
      const ComparisonRow& row = sample::row_of(comparison, name, T);
      EXPECT_EQ(row.spearman, spearman(scores, runs.outcome->values));
      EXPECT_EQ(row.kendall, kendall(scores, runs.outcome->values));
      EXPECT_LT(row.interval.low, row.spearman);
      EXPECT_GT(row.interval.high, row.spearman);
      EXPECT_EQ(row.n, 60);
    }
  }
  EXPECT_GT(sample::row_of(comparison, "tse", 5).spearman, sample::row_of(comparison, "tse", 2).spearman);
}

TEST(Comparison, AnyNumberOfThreadsGivesTheSame) {
  const Runs runs = sample::runs(60, 8);
  ComparisonOptions options{.estimators = {"tse", "lcsvr:train=20,draws=10", "train-loss-minibatch:step=all"}};
  options.threads = 1;
  const Json one = to_json(make_comparison(runs, options));
  options.threads = 3;
  EXPECT_EQ(to_json(make_comparison(runs, options)), one);
}

TEST(Comparison, DivergedTrainingsScoreWorstAndMissingOnesAreLeftOut) {
  std::vector<Trace> traces;
  std::vector<std::string> archs;
  for (int i = 0; i < 6; ++i) {
    archs.push_back(std::to_string(i));
    traces.push_back({.status = TraceStatus::ok, .train_images = 1, .batch = 1, .step_loss = {6.0 - i, 5.0 - i}});
  }
  traces[0] = {.status = TraceStatus::diverged, .train_images = 1, .batch = 1, .step_loss = {6.0, std::nan("")}};
  traces[5].step_loss.pop_back();
  Runs runs("own", archs, traces, {});
  runs.outcome = RunOutcome{.name = "o", .source = "", .lower = false, .values = {0, 1, 2, 3, 4, 5}};
  const Comparison comparison =
      make_comparison(runs, {.estimators = {"tse"}, .budgets = {1, 2}, .bootstrap = {.resamples = 0}});
  EXPECT_EQ(sample::row_of(comparison, "tse", 1).n, 6);
  EXPECT_EQ(sample::row_of(comparison, "tse", 1).diverged, 0);
  EXPECT_EQ(sample::row_of(comparison, "tse", 2).n, 5);
  EXPECT_EQ(sample::row_of(comparison, "tse", 2).diverged, 1);
  EXPECT_EQ(sample::row_of(comparison, "tse", 2).spearman, 1);
  EXPECT_THAT(comparison.notes, testing::ElementsAre(testing::HasSubstr("5 to 6 of the 6")));
}

TEST(Comparison, ALowerOutcomeIsNegated) {
  Runs runs = sample::runs(40, 4);
  const Comparison higher =
      make_comparison(runs, {.estimators = {"tse"}, .budgets = {4}, .bootstrap = {.resamples = 0}});
  for (double& value : runs.outcome->values) value = -value;
  runs.outcome->lower = true;
  const Comparison lower =
      make_comparison(runs, {.estimators = {"tse"}, .budgets = {4}, .bootstrap = {.resamples = 0}});
  EXPECT_EQ(lower.rows[0].spearman, higher.rows[0].spearman);
  EXPECT_EQ(lower.rows[0].top_mean_outcome, -higher.rows[0].top_mean_outcome);
  EXPECT_EQ(lower.rows[0].top_regret, higher.rows[0].top_regret);
}

TEST(Comparison, MiniBatchesAreTheMeanOverTheSteps) {
  // 3 steps: at epoch T the mean of the correlations of ell[T,1], ell[T,2] and ell[T,3].
  const Runs runs = sample::runs(30, 4);
  const std::string all = "train-loss-minibatch:step=all";
  const Comparison comparison =
      make_comparison(runs, {.estimators = {all}, .budgets = {3}, .bootstrap = {.resamples = 50}});
  double expected = 0;
  for (std::size_t step = 0; step < 3; ++step) {
    std::vector<double> losses;
    for (const Record& record : runs.records()) losses.push_back(-record.step_loss[2 * 3 + step]);
    expected += spearman(losses, runs.outcome->values) / 3;
  }
  EXPECT_NEAR(sample::row_of(comparison, all, 3).spearman, expected, 1e-12);
  EXPECT_LT(comparison.rows[0].interval.low, expected);
  EXPECT_GT(comparison.rows[0].interval.high, expected);
}

TEST(Comparison, DifferencesArePaired) {
  const Runs runs = sample::runs(80, 6);
  const ComparisonOptions options{.estimators = {"tse", "tse-e", "params"}, .budgets = {6}};
  const Comparison best = make_comparison(runs, options);
  EXPECT_EQ(sample::row_of(best, "tse-e", 6).difference, 0);
  EXPECT_EQ(sample::row_of(best, "tse-e", 6).difference_interval, (Interval{.low = 0, .high = 0}));
  const ComparisonRow& params = sample::row_of(best, "params", 6);
  EXPECT_EQ(params.difference, params.spearman - sample::row_of(best, "tse-e", 6).spearman);
  EXPECT_LT(params.difference_interval.high, 0);
  ComparisonOptions against = options;
  against.against = "params";
  const Comparison other = make_comparison(runs, against);
  EXPECT_NEAR(sample::row_of(other, "tse-e", 6).difference_interval.low, -params.difference_interval.high, 1e-12);
  EXPECT_EQ(sample::row_of(other, "params", 6).difference, 0);
}

TEST(Comparison, DifferencesAreOnWhatBothHave) {
  const Runs runs = sample::runs(60, 6);
  const std::string lcsvr = "lcsvr:train=20,draws=5";
  const Comparison comparison = make_comparison(
      runs, {.estimators = {"tse", lcsvr}, .budgets = {6}, .bootstrap = {.resamples = 100}, .against = lcsvr});
  EXPECT_EQ(sample::row_of(comparison, lcsvr, 6).n, 40);
  const ComparisonRow& row = sample::row_of(comparison, "tse", 6);
  EXPECT_EQ(row.n, 60);
  EXPECT_NE(row.difference, row.spearman - sample::row_of(comparison, lcsvr, 6).spearman);
  EXPECT_LE(row.difference_interval.low, row.difference);
  EXPECT_GE(row.difference_interval.high, row.difference);
}

TEST(Comparison, TheBestByOutcome) {
  const Runs runs = sample::runs(200, 4);
  const Comparison comparison = make_comparison(
      runs, {.estimators = {"tse"}, .budgets = {4}, .top_fraction = 0.1, .bootstrap = {.resamples = 0}});
  std::vector<double> sorted = runs.outcome->values;
  std::ranges::sort(sorted, std::greater<>());
  std::vector<double> scores;
  std::vector<double> outcomes;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs.outcome->values[i] < sorted[19]) continue;
    scores.push_back(make_estimator("tse")->score(runs.records()[i], 4));
    outcomes.push_back(runs.outcome->values[i]);
  }
  EXPECT_EQ(comparison.trainings, 20);
  EXPECT_EQ(comparison.rows[0].n, 20);
  EXPECT_EQ(comparison.rows[0].spearman, spearman(scores, outcomes));
}

TEST(Comparison, OutcomesThatAreGoodEnough) {
  const Runs runs = sample::runs(200, 4);
  std::vector<double> sorted = runs.outcome->values;
  std::ranges::sort(sorted);
  ComparisonOptions options{
      .estimators = {"tse"}, .budgets = {4}, .at_least = sorted[50], .bootstrap = {.resamples = 0}};
  const Comparison good = make_comparison(runs, options);
  options.at_least.reset();
  options.top_fraction = 0.75;
  EXPECT_EQ(good.trainings, 150);
  EXPECT_EQ(good.left_out, 0);
  const Comparison same = make_comparison(runs, options);
  EXPECT_EQ(good.rows[0].n, 150);
  EXPECT_EQ(good.rows[0].spearman, same.rows[0].spearman);
  EXPECT_EQ(good.rows[0].top_regret, same.rows[0].top_regret);

  // where lower is better, as errors are
  options.outcome = *runs.outcome;
  options.outcome->lower = true;
  for (double& value : options.outcome->values) value = 1 - value;
  options.at_least = 1 - sorted[100];
  options.top_fraction = 0.5;
  EXPECT_EQ(make_comparison(runs, options).trainings, 50);
}

TEST(Comparison, GroupMeans) {
  const Runs runs = sample::runs(30, 4);
  ComparisonOptions options{.estimators = {"tse-e"}, .budgets = {4}, .bootstrap = {.resamples = 0}, .group = "third"};
  for (int i = 0; i < 30; ++i) options.groups.push_back(i < 28 ? std::string(1, static_cast<char>('a' + i % 4)) : "");
  const Comparison comparison = make_comparison(runs, options);
  ASSERT_EQ(comparison.group_rows.size(), 1U);
  const GroupRow& row = comparison.group_rows[0];
  ASSERT_EQ(row.groups.size(), 4U);
  std::vector<double> means;
  std::vector<double> outcomes;
  for (std::size_t group = 0; group < 4; ++group) {
    double sum = 0;
    double outcome = 0;
    double squares = 0;
    std::vector<double> scores;
    for (std::size_t i = group; i < 28; i += 4) {
      scores.push_back(make_estimator("tse-e")->score(runs.records()[i], 4));
      sum += scores.back();
      outcome += runs.outcome->values[i];
    }
    for (const double score : scores) squares += (score - sum / 7) * (score - sum / 7);
    means.push_back(sum / 7);
    outcomes.push_back(outcome / 7);
    EXPECT_EQ(row.groups[group].n, 7);
    EXPECT_NEAR(row.groups[group].score, sum / 7, 1e-9);
    EXPECT_NEAR(row.groups[group].outcome, outcome / 7, 1e-12);
    EXPECT_NEAR(row.groups[group].score_error, std::sqrt(squares / 6 / 7), 1e-9);  // deviation over the root of n
  }
  EXPECT_EQ(row.spearman, spearman(means, outcomes));
}

TEST(Comparison, GroupMeansOfAllStepsAreThoseOfTheirMean) {
  const Runs runs = sample::runs(30, 4);
  ComparisonOptions options{.estimators = {"train-loss-minibatch:step=all", "tse-e:mean=steps"},
                            .budgets = {4},
                            .bootstrap = {.resamples = 0},
                            .group = "half"};
  for (int i = 0; i < 30; ++i) options.groups.emplace_back(i % 2 == 0 ? "even" : "odd");
  const Comparison comparison = make_comparison(runs, options);
  ASSERT_GT(steps_per_epoch(runs.records()[0]), 1);
  for (std::size_t group = 0; group < 2; ++group) {
    EXPECT_NEAR(comparison.group_rows[0].groups[group].score, comparison.group_rows[1].groups[group].score, 1e-9);
    EXPECT_NEAR(comparison.group_rows[0].groups[group].score_error, comparison.group_rows[1].groups[group].score_error,
                1e-9);
  }
  options.groups.pop_back();
  EXPECT_THROW(make_comparison(runs, options), UsageError);
}

TEST(Comparison, TheBudgetLineIsOfTrainingLosses) {
  const std::vector<double> low(40, 0.01);
  const CurveTable table{.archs = {"a", "b"},
                         .epochs = 20,
                         .curves = {{Metric::train_loss, std::vector<double>(40, 1.0)},
                                    {Metric::train_accuracy, std::vector<double>(40, 90.0)},
                                    {Metric::train_error, low}},
                         .columns = {{"accuracy", {1, 2}}},
                         .outcome = "accuracy"};
  for (const Metric curve : {Metric::train_accuracy, Metric::train_error}) {
    const Comparison comparison = make_comparison(
        Runs("table", table),
        {.estimators = {"tse"}, .curve = curve, .bootstrap = {.resamples = 0}, .effective = OverfitCriterion()});
    EXPECT_EQ(comparison.effective->overfitted, 0);
    EXPECT_EQ(comparison.effective->effective, 18);
    EXPECT_THAT(comparison_sentence(comparison), testing::HasSubstr(std::string(to_text(curve))));
  }
}

/// A training that is recorded for less, and for which nothing is known to rank against, hides no budget.
TEST(Comparison, OnlyTrainingsWithAnOutcomeLimitTheBudgets) {
  const double hole = std::nan("");
  CurveTable table{.archs = {"a", "b", "c"},
                   .epochs = 3,
                   .curves = {{Metric::train_loss, {3, 2, 1, 3, 2.5, 1.5, 3, hole, hole}}},
                   .columns = {{"accuracy", {2, 1, hole}}},
                   .outcome = "accuracy"};
  const ComparisonOptions options{.estimators = {"tse"}, .bootstrap = {.resamples = 0}};
  EXPECT_THAT(make_comparison(Runs("table", table), options).budgets, testing::ElementsAre(1, 2, 3));
  table.columns["accuracy"][2] = 3;
  EXPECT_THAT(make_comparison(Runs("table", table), options).budgets, testing::ElementsAre(1));
}

TEST(Comparison, TheBestOfFewAreNotAllOfThem) {
  const ComparisonOptions options{.estimators = {"tse"}, .budgets = {2}, .k = 10, .bootstrap = {.resamples = 0}};
  const ComparisonRow few = make_comparison(sample::runs(10, 2), options).rows[0];
  EXPECT_TRUE(std::isnan(few.top_overlap));
  EXPECT_TRUE(std::isnan(few.top_regret));
  EXPECT_FALSE(std::isnan(few.top_mean_outcome));
  EXPECT_FALSE(std::isnan(make_comparison(sample::runs(11, 2), options).rows[0].top_overlap));
}

TEST(Comparison, DefaultsToWhatTheStudyHas) {
  const Comparison comparison = make_comparison(sample::runs(20, 12), {.bootstrap = {.resamples = 0}});
  EXPECT_THAT(comparison.estimators,
              testing::ElementsAre("tse", "tse-e", "tse-ema", "tse-ema-paper", "tse-ema-naslib", "train-loss-minibatch",
                                   "valid-loss-sum", "valid-loss", "valid-accuracy", "params"));
  EXPECT_THAT(comparison.budgets, testing::ElementsAre(1, 2, 3, 5, 7, 10, 12));
}

TEST(Comparison, RefusesWhatCannotBe) {
  const Runs runs = sample::runs(20, 4);
  const auto message = [&](const ComparisonOptions& options) {
    return message_of<UsageError>([&] { make_comparison(runs, options); });
  };
  EXPECT_THAT(message({.estimators = {"tse-em"}}), testing::HasSubstr("tse-ema"));
  EXPECT_THAT(message({.estimators = {"tse"}, .budgets = {5}}), testing::HasSubstr("[1, 4]"));
  EXPECT_THAT(message({.estimators = {"tse"}, .budgets = {0}}), testing::HasSubstr("[1, 4]"));
  EXPECT_THAT(message({.curve = Metric::test_error}), testing::HasSubstr("valid_accuracy"));
  Runs without = runs;
  without.outcome.reset();
  EXPECT_THROW(make_comparison(without, {}), UsageError);
}

TEST(Comparison, AColumnRanksToo) {
  const Runs runs = sample::runs(20, 4);
  const Comparison comparison =
      make_comparison(runs, {.estimators = {"params", "params:lower"}, .budgets = {1}, .bootstrap = {.resamples = 0}});
  EXPECT_EQ(comparison.rows[0].spearman, -comparison.rows[1].spearman);
}

TEST(Comparison, FewTrainingsHaveNoInterval) {
  for (const int count : {2, 4, 5, 6}) {
    const Comparison comparison =
        make_comparison(sample::runs(count, 4), {.estimators = {"tse", "tse-e"}, .budgets = {2}});
    EXPECT_EQ(std::isnan(comparison.row(0, 0).interval.low), count < 5) << count;
    EXPECT_EQ(std::isnan(comparison.row(0, 1).difference_interval.low), count < 5) << count;
  }
}

TEST(LogBudgets, EndAtTheLast) {
  EXPECT_EQ(log_budgets(1), (std::vector<int>{1}));
  EXPECT_EQ(log_budgets(9), (std::vector<int>{1, 2, 3, 5, 7, 9}));
  EXPECT_EQ(log_budgets(10), (std::vector<int>{1, 2, 3, 5, 7, 10}));
  EXPECT_EQ(log_budgets(200), (std::vector<int>{1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200}));
}

TEST(OutcomeFor, JoinsByArchitecture) {
  const Runs runs = sample::runs(5, 2);
  Runs others = sample::runs(3, 2, 9);
  const RunOutcome outcome = outcome_for(runs, others);
  EXPECT_EQ(outcome.values[2], others.outcome->values[2]);
  EXPECT_TRUE(std::isnan(outcome.values[3]));
  EXPECT_EQ(outcome.source, "the trainings of own");
}

}  // namespace
}  // namespace tse
