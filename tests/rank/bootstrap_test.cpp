#include "tse/rank/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "tse/base/file.h"
#include "tse/base/json.h"
#include "tse/base/random.h"
#include "tse/rank/correlation.h"

namespace tse {
namespace {

TEST(PercentileInterval, InterpolatesBetweenValues) {
  // numpy.percentile([1, 2, 4, 8, 16], [10, 90]) is [1.4, 12.8].
  const Interval interval = percentile_interval({16, 1, 8, 2, 4}, 0.8);
  EXPECT_NEAR(interval.low, 1.4, 1e-12);
  EXPECT_NEAR(interval.high, 12.8, 1e-12);
  EXPECT_EQ(interval.dropped, 0);
}

TEST(PercentileInterval, DropsAndCountsTheUndefined) {
  const double hole = std::nan("");
  EXPECT_EQ(percentile_interval({hole, 3, hole}, 0.95), (Interval{.low = 3, .high = 3, .dropped = 2}));
  const Interval none = percentile_interval({hole}, 0.95);
  EXPECT_TRUE(std::isnan(none.low) && std::isnan(none.high));
  EXPECT_EQ(none.dropped, 1);
}

TEST(CorrelationInterval, ComesNearNumpysOverManyResamples) {
  const auto bytes = read_file(std::string(TSE_SOURCE) + "/tests/rank/expected_correlations.json", 1U << 20U);
  const Json expected = parse_json(as_text(bytes), "expected_correlations.json");
  for (const Json& one : expected["bootstrap"]) {
    const auto x = one["x"].get<std::vector<double>>();
    const auto y = one["y"].get<std::vector<double>>();
    const Interval interval = correlation_interval(x, y, spearman_of_codes, {.resamples = 10000});
    // the standard error of a 2.5 % quantile of 10,000 values is 2 % of their deviation, here at most 0.2
    EXPECT_NEAR(interval.low, one["low"].get<double>(), 0.02) << x.size();
    EXPECT_NEAR(interval.high, one["high"].get<double>(), 0.02) << x.size();
  }
}

TEST(CorrelationInterval, CoversTheTruthAsOftenAsItSays) {
  // Pairs whose true Spearman correlation is 0: a 95 % interval must cover it about 95 times in 100. The percentile
  // method falls a little short at n = 40.
  Stream random(1);
  int covered = 0;
  constexpr int kRepeats = 400;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    std::vector<double> x;
    std::vector<double> y;
    for (int i = 0; i < 40; ++i) {
      x.push_back(random.unit());
      y.push_back(random.unit());
    }
    const Interval interval = correlation_interval(x, y, spearman_of_codes, {.resamples = 200});
    covered += interval.low <= 0 && 0 <= interval.high;
  }
  EXPECT_GT(covered, kRepeats * 0.90);
  EXPECT_LT(covered, kRepeats * 0.98);
}

TEST(CorrelationInterval, SameSeedSameNumbers) {
  const std::vector<double> x = {1, 2, 3, 4, 5, 6, 7};
  const std::vector<double> y = {2, 1, 4, 3, 7, 5, 6};
  const auto interval = [&](std::uint64_t seed) {
    return correlation_interval(x, y, kendall_of_codes, {.seed = seed});
  };
  EXPECT_EQ(interval(1), interval(1));
  EXPECT_NE(interval(1), interval(2));
}

TEST(CorrelationInterval, CountsConstantResamples) {
  // Two items: half of the resamples draw one of them twice, whose correlation is undefined; the others give 1.
  const std::vector<int> two = {0, 1};
  const Interval interval = percentile_interval(resampled_correlations(two, two, spearman_of_codes, {}), 0.95);
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 1);
  EXPECT_NEAR(interval.dropped, 500, 80);  // five deviations of a binomial of 1000
}

TEST(CorrelationInterval, OfFewPairsThereIsNone) {
  const std::vector<double> all = {3, 1, 2, 5, 4};
  for (std::size_t n = 0; n <= all.size(); ++n) {
    const std::span<const double> some = std::span(all).first(n);
    EXPECT_EQ(std::isnan(correlation_interval(some, some, spearman_of_codes).low), n < kFewestToResample) << n;
  }
}

TEST(CorrelationInterval, UndefinedIsNaN) {
  const std::vector<double> constant = {1, 1, 1, 1, 1};
  const std::vector<double> hole = {1, std::nan(""), 3, 4, 5};
  const std::vector<double> none;
  EXPECT_TRUE(std::isnan(correlation_interval(constant, constant, spearman_of_codes).low));
  EXPECT_TRUE(std::isnan(correlation_interval(hole, constant, spearman_of_codes).low));
  EXPECT_TRUE(std::isnan(correlation_interval(none, none, spearman_of_codes).low));
}

TEST(CorrelationInterval, DivergedScoresDoNotDisturb) {
  const double worst = -std::numeric_limits<double>::infinity();
  const std::vector<double> scores = {worst, -3, -2, -1, worst};
  const std::vector<double> ranked = {0, 1, 2, 3, 0};
  const std::vector<double> outcome = {1, 2, 4, 3, 0};
  EXPECT_EQ(correlation_interval(scores, outcome, spearman_of_codes),
            correlation_interval(ranked, outcome, spearman_of_codes));
}

/// Of the difference of two scores' correlations with one outcome.
Interval difference_interval(const std::vector<double>& a, const std::vector<double>& b,
                             const std::vector<double>& outcome) {
  const std::vector<int> codes = order_codes(outcome);
  std::vector<double> differences = resampled_correlations(order_codes(a), codes, spearman_of_codes, {});
  const std::vector<double> others = resampled_correlations(order_codes(b), codes, spearman_of_codes, {});
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] -= others[i];
  return percentile_interval(std::move(differences), 0.95);
}

TEST(ResampledCorrelations, ArePaired) {
  Stream random(2);
  std::vector<double> outcome;
  std::vector<double> good;
  std::vector<double> bad;
  for (int i = 0; i < 60; ++i) {
    outcome.push_back(random.unit());
    good.push_back(outcome.back() + 0.3 * random.unit());
    bad.push_back(outcome.back() + 2 * random.unit());
  }
  EXPECT_EQ(difference_interval(good, good, outcome), (Interval{.low = 0, .high = 0}));
  const Interval interval = difference_interval(good, bad, outcome);
  EXPECT_GT(interval.low, 0);
  const Interval opposite = difference_interval(bad, good, outcome);
  EXPECT_NEAR(opposite.low, -interval.high, 1e-12);
  EXPECT_NEAR(opposite.high, -interval.low, 1e-12);
}

TEST(Resample, DrawsAllItemsUniformly) {
  constexpr int kItems = 10;
  std::vector<int> drawn(kItems);
  resample(kItems, {.resamples = 5000}, [&](int, std::span<const int> indices) {
    ASSERT_EQ(indices.size(), static_cast<std::size_t>(kItems));
    for (const int index : indices) ++drawn.at(static_cast<std::size_t>(index));
  });
  for (const int count : drawn) EXPECT_NEAR(count, 5000, 350);  // five deviations
}

}  // namespace
}  // namespace tse
