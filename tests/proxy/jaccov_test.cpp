#include "tse/proxy/jaccov.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/expect_error.h"
#include "tse/proxy/no_score.h"

namespace tse {
namespace {

constexpr auto kDouble = torch::kDouble;

TEST(JacCov, HasTheWorkedValues) {
  EXPECT_NEAR(jaccov(torch::eye(64, kDouble)), -64.0000000032, 1e-9);
  // 63 eigenvalues are 0 but for rounding, and 1/k magnifies it
  EXPECT_NEAR(jaccov(torch::ones({64, 64}, kDouble)), -6299278.860203943, 0.01);
  EXPECT_NEAR(jaccov(torch::tensor({1.0, 0.5, 0.5, 1.0}, kDouble).reshape({2, 2})), -2.3789668170445024, 1e-12);
}

TEST(JacCov, TakesEigenvaluesBelowZeroAsZero) {
  const torch::Tensor indefinite = torch::diag(torch::tensor({2.0, -1e-7}, kDouble));
  EXPECT_NEAR(jaccov(indefinite), jaccov(torch::diag(torch::tensor({2.0, 0.0}, kDouble))), 1e-9);
}

TEST(JacCov, IsHigherWhereImagesAreSeenDifferently) {
  torch::manual_seed(1);
  const torch::Tensor apart = torch::randn({16, 300}, kDouble);
  const torch::Tensor alike = apart + 3 * torch::randn({1, 300}, kDouble);
  EXPECT_GT(jaccov(row_correlations(apart)), jaccov(row_correlations(alike)) + 1);
}

TEST(JacCov, CorrelatesRowsAsPearsonDoes) {
  const torch::Tensor rows = torch::tensor({1.0, 2.0, 3.0, 3.0, 1.0, 8.0, -5.0, -7.0, -9.0}, kDouble).reshape({3, 3});
  const torch::Tensor r = row_correlations(rows);
  // by hand: (1,2,3) with (3,1,8) is 5/sqrt(2*26), with (-5,-7,-9) it is -1
  EXPECT_NEAR(r[0][1].item<double>(), 5 / std::sqrt(52.0), 1e-12);
  EXPECT_NEAR(r[0][2].item<double>(), -1, 1e-12);
  EXPECT_NEAR(r[1][1].item<double>(), 1, 1e-12);
  // neither scale nor offset of a row matters
  EXPECT_TRUE(torch::allclose(row_correlations(3 * rows + 5), r, 1e-10, 1e-10));
}

TEST(JacCov, IsNoneWhereARowDoesNotVaryOrIsNotFinite) {
  const torch::Tensor rows = torch::tensor({1.0, 2.0, 3.0, 4.0, 4.0, 4.0}, kDouble).reshape({2, 3});
  EXPECT_THAT(message_of<NoScore>([&] { (void)row_correlations(rows); }), testing::HasSubstr("1 of the 2 images"));
  for (const double bad : {std::numeric_limits<double>::infinity(), std::nan("")}) {
    const torch::Tensor broken = torch::tensor({1.0, 2.0, bad, 4.0, 1.0, 2.0}, kDouble).reshape({2, 3});
    EXPECT_THAT(message_of<NoScore>([&] { (void)row_correlations(broken); }), testing::HasSubstr("not finite"));
  }
}

}  // namespace
}  // namespace tse
