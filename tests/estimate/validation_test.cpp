#include "tse/estimate/validation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "estimate/random_trace.h"
#include "tse/base/error.h"

namespace tse {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// One step in each of four epochs; the validation loss rises while its accuracy does too, as of overconfident
/// networks.
Trace sample() {
  Trace trace = curve({2.0, 1.0, 0.5, 0.25});
  trace.evaluations = {{.split = "valid", .epoch = 1, .loss = 1.5, .accuracy = 0.5},
                       {.split = "valid", .epoch = 2, .loss = 1.0, .accuracy = 0.6},
                       {.split = "test", .epoch = 2, .loss = 1.25, .accuracy = 0.55},
                       {.split = "valid", .epoch = 3, .loss = 1.25, .accuracy = 0.7}};
  return trace;
}

double score(const std::string& name, const Trace& trace, int T) { return make_estimator(name)->score(trace, T); }

TEST(Validation, ByHand) {
  EXPECT_EQ(score("valid-loss-sum", sample(), 2), -2.5);
  EXPECT_EQ(score("valid-loss-sum", sample(), 3), -3.75);
  EXPECT_EQ(score("valid-loss", sample(), 2), -1.0);
  EXPECT_EQ(score("valid-loss", sample(), 3), -1.25);
  EXPECT_EQ(score("valid-loss:split=test", sample(), 2), -1.25);
  EXPECT_EQ(score("valid-accuracy", sample(), 2), 0.6);
  EXPECT_EQ(score("valid-accuracy", sample(), 3), 0.7);
  EXPECT_EQ(score("valid-accuracy:split=test", sample(), 2), 0.55);
  EXPECT_EQ(score("valid-accuracy-final", sample(), 1), 0.7);
  EXPECT_EQ(score("valid-loss-final", sample(), 1), -1.25);
  EXPECT_EQ(score("valid-loss-final:split=test", sample(), 1), -1.25);
}

TEST(Validation, WhatWasNotMeasuredIsNaN) {
  EXPECT_TRUE(std::isnan(score("valid-loss-sum", sample(), 4)));
  EXPECT_TRUE(std::isnan(score("valid-loss", sample(), 4)));
  EXPECT_TRUE(std::isnan(score("valid-loss:split=test", sample(), 1)));
  EXPECT_TRUE(std::isnan(score("valid-accuracy", sample(), 4)));
  EXPECT_TRUE(std::isnan(score("valid-loss-sum:split=test", sample(), 2)));  // that of epoch 1 is missing
  EXPECT_TRUE(std::isnan(score("valid-accuracy:split=test", sample(), 3)));
  EXPECT_TRUE(std::isnan(score("valid-accuracy-final", curve({1.0}), 1)));
}

TEST(Validation, ALossThatIsNoNumberIsInfinite) {
  Trace trace = sample();
  trace.evaluations[1].loss = std::nan("");
  EXPECT_EQ(score("valid-loss-sum", trace, 1), -1.5);
  EXPECT_EQ(score("valid-loss-sum", trace, 2), -kInfinity);
  EXPECT_EQ(score("valid-loss-sum", trace, 3), -kInfinity);
  EXPECT_EQ(score("valid-loss", trace, 2), -kInfinity);
  EXPECT_EQ(score("valid-loss", trace, 3), -1.25);
}

TEST(Validation, ErrorsServeWhereThereAreNoAccuracies) {
  const CurveTable table{.archs = {"a"}, .epochs = 2, .curves = {{Metric::test_error, {0.5, 0.25}}}};
  const Record record = record_of(table, 0);
  EXPECT_EQ(make_estimator("valid-accuracy:split=test")->score(record, 2), -0.25);
  EXPECT_TRUE(std::isnan(make_estimator("valid-accuracy")->score(record, 2)));
  EXPECT_EQ(quality_curve(record, false), (std::vector<double>{-0.5, -0.25}));
}

TEST(Column, IsItsNumberWhateverTheBudget) {
  const CurveTable table{
      .archs = {"a", "b"}, .epochs = 0, .columns = {{"params", {3, 5}}, {"error", {0.5, std::nan("")}}}};
  EXPECT_EQ(make_estimator("params")->score(record_of(table, 1), 1), 5);
  EXPECT_EQ(make_estimator("params")->score(record_of(table, 1), 70), 5);
  EXPECT_EQ(make_estimator("column:name=error,lower=true")->score(record_of(table, 0), 1), -0.5);
  EXPECT_TRUE(std::isnan(make_estimator("column:name=error")->score(record_of(table, 1), 1)));
  EXPECT_TRUE(std::isnan(make_estimator("macs")->score(record_of(table, 1), 1)));
  EXPECT_EQ(make_estimator("column:name=params")->spec(), "params");
  EXPECT_THROW(make_estimator("column"), UsageError);
}

TEST(Record, ATableHasNoSteps) {
  const CurveTable table{.archs = {"a"}, .epochs = 3, .curves = {{Metric::train_loss, {2.0, 1.0, 0.5}}}};
  for (const char* name : {"tse-e:steps=1", "tse-e:epochs=0.5", "train-loss-minibatch", "train-loss-minibatch:step=1"})
    EXPECT_TRUE(std::isnan(make_estimator(name)->score(record_of(table, 0), 2))) << name;
  EXPECT_EQ(make_estimator("tse-e:epochs=2")->score(record_of(table, 0), 2), -3);
}

TEST(Record, ATableLacksWhatATrainingDivergedAt) {
  const double hole = std::nan("");
  const CurveTable table{.archs = {"a"}, .epochs = 4, .curves = {{Metric::train_loss, {2.0, hole, 0.5, 0.25}}}};
  const Record record = record_of(table, 0);
  EXPECT_EQ(make_estimator("tse")->score(record, 1), -2);
  EXPECT_TRUE(std::isnan(make_estimator("tse")->score(record, 2)));
  EXPECT_TRUE(std::isnan(make_estimator("tse")->score(record, 4)));
  EXPECT_EQ(make_estimator("tse-e")->score(record, 3), -0.5);  // needs the third only
  EXPECT_TRUE(std::isnan(make_estimator("tse-ema")->score(record, 4)));
  EXPECT_EQ(make_estimator("tse")->score(curve({2.0, hole, 0.5, 0.25}), 4), -kInfinity);
  CurveTable infinite = table;
  infinite.curves[Metric::train_loss][1] = kInfinity;
  EXPECT_EQ(make_estimator("tse")->score(record_of(infinite, 0), 4), -kInfinity);
}

}  // namespace
}  // namespace tse
