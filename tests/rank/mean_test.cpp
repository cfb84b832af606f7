#include "tse/rank/mean.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace tse {
namespace {

// numpy 1.24: x = [2, 4, 4, 4, 5, 5, 7, 9]; x.mean(), x.std(ddof=1)/sqrt(8), quantile(x, [0, .1, .25, .5, .9, 1])
const std::vector<double> kValues = {2, 4, 4, 4, 5, 5, 7, 9};

TEST(Mean, IsThatOfNumpy) {
  EXPECT_DOUBLE_EQ(mean(kValues), 5);
  EXPECT_NEAR(standard_error(kValues), 0.7559289460184544, 1e-15);
}

TEST(Mean, OfTooFewIsNone) {
  EXPECT_TRUE(std::isnan(mean({})));
  const std::vector<double> one = {3};
  EXPECT_EQ(mean(one), 3);
  EXPECT_TRUE(std::isnan(standard_error(one)));
}

TEST(Quantile, InterpolatesAsNumpyDoes) {
  const std::vector<double> shares = {0, 0.1, 0.25, 0.5, 0.9, 1};
  const std::vector<double> expected = {2, 3.4, 4, 4.5, 7.6, 9};
  for (std::size_t i = 0; i < shares.size(); ++i) EXPECT_NEAR(quantile(kValues, shares[i]), expected[i], 1e-12);
}

}  // namespace
}  // namespace tse
