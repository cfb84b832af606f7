#include "tse/estimate/lcsvr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "estimate/nu_svr.h"
#include "estimate/rising.h"
#include "support/tables.h"
#include "tse/base/file.h"
#include "tse/base/json.h"

namespace tse {
namespace {

std::vector<double> scores(const std::string& name, const std::vector<Record>& records, int T, int threads = 1) {
  return fitted_estimators().make(name)->scores(records, T, threads);
}

TEST(Lcsvr, ThePublishedCutEndsWhereTheCurvesDo) {
  // another curve of the table is longer: beyond the 8th epoch that of validation accuracy is NaN
  CurveTable table = rising(50, 8);
  CurveTable longer = rising(50, 12);
  auto& values = longer.curves[Metric::valid_accuracy];
  for (std::size_t row = 0; row < 50; ++row) {
    for (std::size_t t = 0; t < 12; ++t)
      values[row * 12 + t] = t < 8 ? table.curves[Metric::valid_accuracy][row * 8 + t] : std::nan("");
  }
  for (const int T : {5, 6, 7, 8}) {
    const std::string name = "lcsvr:train=20,draws=20,cut=published";
    const auto expected = scores(name, records_of(table), T);
    EXPECT_EQ(std::ranges::count_if(expected, [](double score) { return std::isfinite(score); }), 30) << T;
    EXPECT_THAT(scores(name, records_of(longer), T), testing::Pointwise(testing::NanSensitiveDoubleEq(), expected))
        << T;
  }
}

TEST(Lcsvr, AgreesWithScikitLearnOnNasBench201) {
  // 60 of 100 real validation curves learned from, the same 50 random draws: which are learned from, which draw wins
  // and what is predicted of the others, in percent.
  const std::string folder = std::string(TSE_SHARED) + "/tables/nb201_cifar10valid_accuracy_curves";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  const CurveTable table = read_tables(folder, {Metric::valid_accuracy}, "test_accuracy", false);
  CurveTable with_columns = table;
  with_columns.columns["params"] = with_columns.columns["macs"] = with_columns.columns["latency_seconds"] = {};
  for (int i = 0; i < static_cast<int>(table.rows()); ++i) {  // those of made_up() in the script
    with_columns.columns["params"].push_back((i * 37 % 101) * 1e4);
    with_columns.columns["macs"].push_back((i * 53 % 97) * 1.5e6);
    with_columns.columns["latency_seconds"].push_back((i % 7) * 0.01);
  }
  const auto bytes = read_file(std::string(TSE_SOURCE) + "/tests/estimate/expected_evaluation.json", 1U << 20U);
  const Json expected = parse_json(as_text(bytes), "expected_evaluation.json");
  ASSERT_EQ(expected["lcsvr"].size(), 8U);
  for (const Json& one : expected["lcsvr"]) {
    const CurveTable& source = one["columns"].get<bool>() ? with_columns : table;
    const auto list = scores(one["estimator"], records_of(source), one["epochs"], 0);
    for (const Json& index : one["train"]) EXPECT_TRUE(std::isnan(list.at(index.get<std::size_t>())));
    for (std::size_t i = 0; i < one["test"].size(); ++i) {
      EXPECT_NEAR(list.at(one["test"][i].get<std::size_t>()), one["predictions"][i].get<double>(), 1e-3)
          << one["estimator"] << " " << one["epochs"];
    }
  }
}

TEST(Lcsvr, PublishedFeaturesLeakTwoEpochs) {
  CurveTable table = rising(40, 8);
  const std::string name = "lcsvr:train=20,draws=20,cut=published";
  const auto before = scores(name, records_of(table), 5);
  const auto tested = static_cast<std::size_t>(
      std::ranges::find_if(before, [](double score) { return !std::isnan(score); }) - before.begin());
  table.curves[Metric::valid_accuracy][tested * 8 + 7] = 0.01;
  EXPECT_EQ(scores(name, records_of(table), 5)[tested], before[tested]);
  table.curves[Metric::valid_accuracy][tested * 8 + 6] = 0.01;
  EXPECT_NE(scores(name, records_of(table), 5)[tested], before[tested]);
}

TEST(Determination, ByHand) {
  EXPECT_DOUBLE_EQ(determination(std::vector<double>{1, 2, 3}, std::vector<double>{1, 2, 3}), 1);
  EXPECT_DOUBLE_EQ(determination(std::vector<double>{1, 2, 3}, std::vector<double>{2, 2, 2}), 0);
  EXPECT_DOUBLE_EQ(determination(std::vector<double>{1, 2, 3}, std::vector<double>{3, 2, 1}), -3);
  EXPECT_DOUBLE_EQ(determination(std::vector<double>{2, 2}, std::vector<double>{2, 1}), 0);
}

}  // namespace
}  // namespace tse
