#include "tse/rank/normal_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tse/base/random.h"

namespace tse {
namespace {

TEST(NormalScores, OfFiveAsPublished) {
  // scipy.stats.norm.ppf((numpy.arange(1, 6) - 0.375) / 5.25)
  EXPECT_THAT(normal_scores(std::vector<double>{10, 50, 20, 40, 30}),
              testing::Pointwise(testing::DoubleNear(1e-12), {-1.1797611176118612, 1.1797611176118612,
                                                              -0.49720057068155117, 0.4972005706815511, 0.0}));
}

TEST(NormalScores, TiesShareTheirMeanRank) {
  const auto scores = normal_scores(std::vector<double>{1, 2, 2, 3});
  EXPECT_EQ(scores[1], scores[2]);
  EXPECT_NEAR(scores[1], 0, 1e-12);
  EXPECT_NEAR(scores[0], -scores[3], 1e-12);
}

TEST(NormalScores, InfinitiesAreTheFirstAndTheLast) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(normal_scores(std::vector<double>{kInfinity, 0, -kInfinity}), normal_scores(std::vector<double>{3, 2, 1}));
}

TEST(NormalScores, OfNoneAndOfOne) {
  EXPECT_TRUE(normal_scores({}).empty());
  EXPECT_NEAR(normal_scores(std::vector<double>{7}).front(), 0, 1e-12);
}

TEST(NormalQuantile, InvertsTheDistributionFunction) {
  Stream random(1);
  for (int i = 0; i < 200; ++i) {
    const double p = 1e-6 + (1 - 2e-6) * random.unit();
    EXPECT_NEAR(std::erfc(-normal_quantile(p) / std::sqrt(2.0)) / 2, p, 1e-12);
  }
}

}  // namespace
}  // namespace tse
