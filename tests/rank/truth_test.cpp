#include "tse/rank/truth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tse/base/error.h"
#include "tse/rank/correlation.h"

namespace tse {
namespace {

Csv small() { return Csv::parse("arch,accuracy,loss\na,90,0.5\nb,,0.7\n\"c,1\",93.5,nan\n", "final.csv"); }

TEST(Truth, TakesOneColumn) {
  const Truth truth = truth_of(small(), "accuracy", false);
  EXPECT_EQ(truth, (Truth{.column = "accuracy", .lower = false, .outcome = {{"a", 90}, {"c,1", 93.5}}}));
}

TEST(Truth, LowerIsBetterIsKeptBesideTheNumbers) {
  const Truth truth = truth_of(small(), "loss", true);
  EXPECT_EQ(truth, (Truth{.column = "loss", .lower = true, .outcome = {{"a", 0.5}, {"b", 0.7}}}));
}

TEST(Truth, RoundTripsThroughJson) {
  Truth truth = truth_of(small(), "loss", true);
  truth.source = "final.csv";
  EXPECT_EQ(truth_from_json(to_json(truth), "plan"), truth);
}

TEST(Truth, RefusesWhatItCannotMean) {
  for (const char* text : {"", "final.csv", ":accuracy", "final.csv:", "final.csv::lower", ":lower"})
    EXPECT_THROW(read_truth(text), UsageError) << text;
  EXPECT_THROW(read_truth("/nowhere/final.csv:accuracy"), DataError);
  EXPECT_THROW(truth_of(small(), "acuracy", false), UsageError);
  EXPECT_THROW(truth_of(small(), "arch", false), UsageError);
  EXPECT_THROW(truth_of(Csv::parse("name,loss\na,1\n", "t.csv"), "loss", false), DataError);
  EXPECT_THROW(truth_of(Csv::parse("arch,loss\na,one\n", "t.csv"), "loss", false), DataError);
  try {
    truth_of(Csv::parse("arch,loss\na,1\nb,2\na,3\n", "t.csv"), "loss", false);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("[t.csv:4:1]"), testing::HasSubstr("t.csv:2:1")));
  }
}

TEST(Truth, ParameterCountOnNasBench201) {
  // Spearman of parameters with the test accuracy of one seed, over all 15,625 cells and over the 6,466 that differ, to
  // three digits.
  const std::string file = std::string(TSE_SHARED) + "/tables/nb201/cells.csv.gz";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  const Csv table = Csv::read(file);
  ASSERT_EQ(table.rows(), 15625U);
  struct Known {
    const char* column;
    double all;
    double unique;
  };
  for (const Known& known : {Known{"c10_test_seed", 0.750, 0.781}, Known{"c100_test_seed", 0.724, 0.739},
                             Known{"in16_test_seed", 0.689, 0.678}}) {
    const Truth params = read_truth(file + ":params");
    const Truth truth = read_truth(file + ":" + known.column);
    std::vector<double> x[2];
    std::vector<double> y[2];
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const std::string arch(table.cell(row, table.column("arch")));
      const bool first = table.cell(row, table.column("class_representative")) == arch;
      for (int only_first = 0; only_first <= (first ? 1 : 0); ++only_first) {
        x[only_first].push_back(params.outcome.at(arch));
        y[only_first].push_back(truth.outcome.at(arch));
      }
    }
    ASSERT_EQ(x[1].size(), 6466U);
    EXPECT_NEAR(spearman(x[0], y[0]), known.all, 6e-4) << known.column;
    EXPECT_NEAR(spearman(x[1], y[1]), known.unique, 6e-4) << known.column;
  }
}

}  // namespace
}  // namespace tse
