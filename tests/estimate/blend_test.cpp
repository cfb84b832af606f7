#include "tse/estimate/blend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>

#include "estimate/rising.h"
#include "support/tables.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/json.h"
#include "tse/base/missing.h"
#include "tse/rank/correlation.h"
#include "tse/rank/normal_scores.h"

namespace tse {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Blend blend(const std::string& text = "blend") { return make_blend(parse_spec(text, "test")); }

/// The same in tests/estimate/expected_blend.py.
CurveTable made_up(int rows, int epochs) {
  Stream random(1);
  CurveTable table{.archs = {}, .epochs = epochs};
  for (int row = 0; row < rows; ++row) {
    table.archs.push_back(std::to_string(row));
    const double quality = random.unit();
    for (int t = 1; t <= epochs; ++t)
      table.curves[Metric::train_loss].push_back(2 - quality * t / epochs + random.unit());
    table.columns["synflow"].push_back(quality + random.unit());
  }
  return table;
}

std::vector<Record> records_of(const CurveTable& table, int schedule_epochs) {
  std::vector<Record> records = tse::records_of(table);
  for (Record& record : records) record.schedule_epochs = schedule_epochs;
  return records;
}

Json expected() {
  const auto bytes = read_file(std::string(TSE_SOURCE) + "/tests/estimate/expected_blend.json", 1U << 20U);
  return parse_json(as_text(bytes), "expected_blend.json");
}

TEST(Blend, AgreesWithTheFormulaInPython) {
  const CurveTable table = made_up(30, 12);
  const Json all = expected();
  ASSERT_EQ(all["scores"].size(), 5U);
  for (const Json& one : all["scores"]) {
    const auto scores = blend().scores(records_of(table, one["schedule_epochs"]), one["epochs"], 1);
    ASSERT_EQ(one["scores"].size(), scores.size());
    for (std::size_t i = 0; i < scores.size(); ++i) EXPECT_NEAR(scores[i], one["scores"][i].get<double>(), 1e-9);
  }
}

TEST(Blend, LeavesOutAStaticHalfThatSaysNothingOfRecurrentNetworks) {
  const std::string folder = std::string(TSE_SHARED) + "/tables/nasbench_nlp_wikitext2";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  const CurveTable table = read_tables(folder, {Metric::train_loss}, "test_loss", true);
  const std::vector<Record> records = records_of(table, 50);
  for (const Json& one : expected()["nasbench_nlp"]) {
    const int T = one["epochs"];
    const auto list = blend("blend:static=params").scores(records, T, 0);
    std::vector<double> scores;
    std::vector<double> speed;
    std::vector<double> outcomes;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const double outcome = -table.columns.at("test_loss")[i];
      if (std::isnan(list[i]) || std::isnan(outcome)) continue;
      scores.push_back(list[i]);
      speed.push_back(make_estimator("tse-ema")->score(records[i], T));
      outcomes.push_back(outcome);
    }
    EXPECT_EQ(static_cast<int>(scores.size()), one["n"].get<int>());
    EXPECT_NEAR(spearman(scores, outcomes), one["spearman"].get<double>(), 1e-9);
    EXPECT_NEAR(spearman(scores, outcomes), spearman(speed, outcomes), 0.005);
  }
}

TEST(Blend, OfAFixedWeightIsOneHalfTheOtherOrTheirSum) {
  const CurveTable table = made_up(40, 6);
  const std::vector<Record> records = records_of(table, 20);
  std::vector<double> speed;
  for (const Record& record : records) speed.push_back(make_estimator("tse-ema")->score(record, 4));
  const auto z_speed = normal_scores(speed);
  const auto z_still = normal_scores(table.columns.at("synflow"));
  const auto only_speed = blend("blend:weight=1").scores(records, 4, 1);
  const auto only_still = blend("blend:weight=0").scores(records, 4, 1);
  const auto both = blend("blend:weight=0.25").scores(records, 4, 1);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_DOUBLE_EQ(only_speed[i], z_speed[i]);
    EXPECT_DOUBLE_EQ(only_still[i], z_still[i]);
    EXPECT_DOUBLE_EQ(both[i], 0.25 * z_speed[i] + 0.75 * z_still[i]);
  }
}

TEST(Blend, MovesFromTheStaticHalfToTrainingSpeed) {
  double before = 1;
  for (int T = 1; T <= 50; ++T) {
    const double share = blend().static_share(T, 50, 200, 0.5);
    EXPECT_LT(share, before) << T;
    before = share;
  }
  EXPECT_EQ(before, 0);                                               // the schedule is over
  EXPECT_EQ(blend().static_share(60, 50, 200, 0.5), 0);               // and more than over
  EXPECT_GT(blend().static_share(50, 0, 200, 0.5), 0.1);              // nobody knows
  EXPECT_NEAR(blend().static_share(10, 0, 200, 0.9), 0.5, 1e-6);      // by hand: 10/(10 + 10)
  EXPECT_NEAR(blend().static_share(10, 20, 200, 0.9), 1. / 3, 1e-6);  // 10/(10 + 5)
}

TEST(Blend, TrustsTheStaticHalfByHowItAgrees) {
  double before = -1;
  for (double agreement = -1; agreement <= 1; agreement += 0.125) {
    const double share = blend().static_share(5, 50, 100, agreement);
    EXPECT_GE(share, before);
    before = share;
  }
  EXPECT_LT(blend().static_share(5, 50, 100, 0), 1e-3);
  EXPECT_NEAR(blend().static_share(5, 50, 8, 0), (1 - 5. / 14) * 0.801, 1e-3);  // of eight one knows little
  EXPECT_EQ(blend().static_share(5, 50, 100, kMissing), blend().static_share(5, 50, 100, 0));
}

TEST(Blend, DependsOnTheOrderOfEachHalfAlone) {
  CurveTable table = made_up(60, 8);
  const auto before = blend().scores(records_of(table, 50), 1, 1);
  for (double& value : table.columns["synflow"]) value = std::exp(40 * value);
  for (double& value : table.curves[Metric::train_loss]) value = value * value * value;
  EXPECT_EQ(blend().scores(records_of(table, 50), 1, 1), before);
}

TEST(Blend, OfOneTrainingDoesNotDependOnTheOrderOfTheOthers) {
  const CurveTable table = made_up(50, 8);
  const std::vector<Record> records = records_of(table, 50);
  const auto before = blend().scores(records, 3, 1);
  std::vector<std::size_t> order(records.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Stream random(2);
  random.shuffle(std::span(order));
  std::vector<Record> shuffled;
  for (const std::size_t i : order) shuffled.push_back(records[i]);
  const auto after = blend().scores(shuffled, 3, 1);
  for (std::size_t k = 0; k < order.size(); ++k) EXPECT_NEAR(after[k], before[order[k]], 1e-12);
}

TEST(Blend, WhatLacksAHalfOrDivergedStandsAside) {
  CurveTable table = made_up(30, 6);
  CurveTable fewer = made_up(30, 6);
  table.columns["synflow"].push_back(kMissing);  // one without a static half, one that diverged, one not long enough
  table.columns["synflow"].push_back(kMissing);
  table.columns["synflow"].push_back(0.5);
  auto& losses = table.curves[Metric::train_loss];
  losses.insert(losses.end(), {1, 1, 1, 1, 1, 1, 1, kInfinity, kInfinity, kInfinity, kInfinity, kInfinity});
  losses.insert(losses.end(), {1, 1, kMissing, kMissing, kMissing, kMissing});
  table.archs.insert(table.archs.end(), {"a", "b", "c"});
  const auto scores = blend().scores(records_of(table, 50), 4, 1);
  const auto alone = blend().scores(records_of(fewer, 50), 4, 1);
  EXPECT_TRUE(std::equal(alone.begin(), alone.end(), scores.begin()));
  EXPECT_TRUE(std::isnan(scores[30]));
  EXPECT_EQ(scores[31], kWorstScore);
  EXPECT_TRUE(std::isnan(scores[32]));
}

TEST(Blend, OfFewOrOfEqualOnesIsANumber) {
  for (const int rows : {1, 2, 3}) {
    for (const double score : blend().scores(records_of(made_up(rows, 4), 50), 2, 1)) EXPECT_TRUE(std::isfinite(score));
  }
  CurveTable table = made_up(20, 4);
  table.columns["synflow"].assign(20, 7);
  const auto scores = blend().scores(records_of(table, 50), 2, 1);
  const auto speed = blend("blend:weight=1").scores(records_of(table, 50), 2, 1);
  EXPECT_DOUBLE_EQ(spearman(scores, speed), 1);
}

TEST(Blend, RefusesWhatIsNoBlend) {
  for (const char* bad : {"blend:weight=1.5", "blend:weight=-0.1", "blend:weight=nan", "blend:weight=half",
                          "blend:weight=", "blend:speed=nonsense", "blend:static="}) {
    EXPECT_THROW(blend(bad), UsageError) << bad;
  }
  EXPECT_EQ(blend("blend:static=snip:parameters=all").columns(), std::vector<std::string>{"snip:parameters=all"});
}

}  // namespace
}  // namespace tse
