#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include "tse/rank/truth.h"
#include "tse/search/searcher.h"

namespace tse {
namespace {

constexpr int kTrials = 200;
constexpr const char* kTable = TSE_SHARED "/tables/nb201/cells.csv.gz";

struct MeanBest {
  double mean = 0;
  double error = 0;  // standard error
};

/// Best test accuracy among the first 200 trials, over searches of different seeds.
MeanBest mean_best(const std::string& algorithm, const std::string& column, int seeds) {
  const Truth truth = read_truth(std::string(kTable) + ":" + column);
  const Domain domain(make_space("nb201"));
  std::vector<double> bests;
  for (int seed = 0; seed < seeds; ++seed) {
    const auto search = make_algorithm(algorithm)->begin(domain, static_cast<std::uint64_t>(seed));
    double best = 0;
    for (int i = 0; i < kTrials; ++i) {
      const Arch arch = search->ask().value();
      const double accuracy = truth.outcome.at(arch.text);
      best = std::max(best, accuracy);
      search->tell({.arch = arch, .scores = {accuracy}});
    }
    bests.push_back(best);
  }
  MeanBest result;
  for (const double best : bests) result.mean += best / seeds;
  double squares = 0;
  for (const double best : bests) squares += (best - result.mean) * (best - result.mean);
  result.error = std::sqrt(squares / (seeds - 1) / seeds);
  return result;
}

class OnTheTable : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kTable)) GTEST_SKIP() << kTable << " is not there";
  }
};

// The expected maximum of 200 of the 15,625 values without replacement.
TEST_F(OnTheTable, RandomSearchHasItsExactExpectation) {
  const std::pair<const char*, double> exact[] = {
      {"c10_test_mean", 93.974}, {"c100_test_seed", 72.056}, {"in16_test_seed", 46.221}};
  for (const auto& [column, expected] : exact) {
    const MeanBest best = mean_best("random", column, 300);
    EXPECT_NEAR(best.mean, expected, 3.5 * best.error) << column;
  }
}

// Means of reference runs of 300 seeds on this table, in Python.
TEST_F(OnTheTable, EvolutionAndLocalSearchAreAsGoodAsReferenceRuns) {
  struct Reference {
    const char* algorithm;
    const char* column;
    double mean;
  };
  const Reference references[] = {{"evolution:population=50,sample=10", "c10_test_mean", 94.334},
                                  {"evolution:population=50,sample=10", "c100_test_seed", 73.500},
                                  {"evolution:population=50,sample=10", "in16_test_seed", 47.171},
                                  {"local", "c10_test_mean", 94.369},
                                  {"local", "c100_test_seed", 73.631},
                                  {"local", "in16_test_seed", 47.178}};
  for (const auto& [algorithm, column, mean] : references) {
    const MeanBest best = mean_best(algorithm, column, 100);
    EXPECT_NEAR(best.mean, mean, 3.5 * best.error) << algorithm << " " << column;
  }
}

TEST_F(OnTheTable, TheGaussianProcessIsAheadOfLocalSearch) {
  const MeanBest process = mean_best("gp", "in16_test_seed", 3);
  EXPECT_GT(process.mean, mean_best("local", "in16_test_seed", 100).mean);
}

}  // namespace
}  // namespace tse
