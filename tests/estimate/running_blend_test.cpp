#include "tse/estimate/running_blend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "estimate/rising.h"
#include "tse/base/missing.h"
#include "tse/base/spec.h"
#include "tse/rank/correlation.h"

namespace tse {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

RunningBlend running(std::size_t settle = RunningBlend::kSettle, const std::string& text = "blend") {
  return {make_blend(parse_spec(text, "test")), 3, 50, settle};
}

/// Trainings of one epoch each, by their loss and their static score.
CurveTable table_of(const std::vector<std::pair<double, double>>& trainings) {
  CurveTable table{.archs = {}, .epochs = 3};
  for (const auto& [loss, still] : trainings) {
    table.archs.push_back(std::to_string(table.archs.size()));
    table.curves[Metric::train_loss].insert(table.curves[Metric::train_loss].end(), 3, loss);
    table.columns["synflow"].push_back(still);
  }
  return table;
}

TEST(RunningBlend, ByHand) {
  // speed -1 .. -5: median -3, quartiles -4 and -2; log10 of the static half 1 .. 5: 3, 2 and 4
  const CurveTable table = table_of({{1, 1e1}, {2, 1e2}, {3, 1e3}, {4, 1e4}, {5, 1e5}, {2, 1e4}, {1e9, 0}});
  const auto records = records_of(table);
  RunningBlend blend = running(5, "blend:weight=0.75");
  for (std::size_t i = 0; i < 5; ++i) blend.add(records[i]);
  EXPECT_NEAR(blend.score(records[5]), 0.75 * (1 / (2 / 1.349)) + 0.25 * (1 / (2 / 1.349)), 1e-9);
  EXPECT_NEAR(blend.score(records[6]), -3, 1e-9);  // as bad as it gets
}

TEST(RunningBlend, StaysOnceItIsSettled) {
  const CurveTable table = rising(60, 3);
  const auto records = records_of(table);
  RunningBlend blend = running();
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_FALSE(blend.settled());
    blend.add(records[i]);
  }
  EXPECT_TRUE(blend.settled());
  std::vector<double> before;
  for (const Record& record : records) before.push_back(blend.score(record));
  for (std::size_t i = 20; i < 60; ++i) {
    blend.add(records[i]);
    EXPECT_EQ(blend.score(records[i]), before[i]);
  }
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(blend.score(records[i]), before[i]);
}

TEST(RunningBlend, IsAFunctionOfTheResultsSoFar) {
  const CurveTable table = rising(40, 3);
  const auto records = records_of(table);
  for (const std::size_t told : {std::size_t{1}, std::size_t{7}, std::size_t{19}, std::size_t{30}}) {
    RunningBlend one = running();
    RunningBlend other = running();
    for (std::size_t i = 0; i < told; ++i) {
      one.add(records[i]);
      (void)one.score(records[39 - i]);
      other.add(records[i]);
    }
    for (const Record& record : records) EXPECT_EQ(one.score(record), other.score(record)) << told;
  }
}

TEST(RunningBlend, RanksAboutAsBlendRanksAllAtOnce) {
  const CurveTable table = rising(300, 3);
  auto records = records_of(table);
  for (Record& record : records) record.schedule_epochs = 50;
  RunningBlend blend = running();
  std::vector<double> scores;
  for (const Record& record : records) blend.add(record);
  for (const Record& record : records) scores.push_back(blend.score(record));
  EXPECT_GT(spearman(scores, make_blend(parse_spec("blend", "test")).scores(records, 3, 1)), 0.99);
}

TEST(RunningBlend, WhatDivergedOrLacksAHalfDoesNotCount) {
  const CurveTable table = table_of({{1, 5}, {kInfinity, 5}, {2, kMissing}, {kMissing, 5}, {2, 7}, {3, 1}, {2.5, 4}});
  const auto records = records_of(table);
  RunningBlend all = running(3);
  RunningBlend whole = running(3);
  EXPECT_TRUE(std::isnan(all.score(records[0])));
  for (std::size_t i = 0; i < 6; ++i) all.add(records[i]);
  for (const std::size_t i : {0, 4, 5}) whole.add(records[i]);
  EXPECT_TRUE(all.settled());
  EXPECT_EQ(all.score(records[6]), whole.score(records[6]));
  EXPECT_EQ(all.score(records[1]), kWorstScore);
  EXPECT_TRUE(std::isnan(all.score(records[2])));
  EXPECT_TRUE(std::isnan(all.score(records[3])));
}

TEST(RunningBlend, OfEqualOnesIsANumber) {
  const CurveTable table = table_of({{1, 5}, {1, 5}, {1, 5}, {0.5, 6}});
  const auto records = records_of(table);
  RunningBlend blend = running(3);
  for (std::size_t i = 0; i < 3; ++i) blend.add(records[i]);
  EXPECT_EQ(blend.score(records[0]), 0);
  EXPECT_GT(blend.score(records[3]), 0);
}

}  // namespace
}  // namespace tse
