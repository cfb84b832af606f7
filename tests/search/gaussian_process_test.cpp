#include "tse/search/gaussian_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "search/posterior.h"
#include "search/samples.h"
#include "tse/base/file.h"
#include "tse/base/json.h"

namespace tse {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// What expected_gaussian_process.py worked out.
Json expected(const char* part) {
  const auto bytes = read_file(std::string(TSE_SOURCE) + "/tests/search/expected_gaussian_process.json", 1U << 20U);
  return parse_json(as_text(bytes), "expected_gaussian_process.json")[part];
}

VectorXd uniform(Stream& random, Eigen::Index count, double scale, double shift) {
  VectorXd values(count);
  for (double& value : values) value = scale * random.unit() + shift;
  return values;
}

double squared_exponential(double a, double b) { return std::exp(-(a - b) * (a - b)); }

TEST(Posterior, IsTheDenseSolve) {
  for (const Json& each : expected("posteriors")) {
    Stream random(each["seed"].get<std::uint64_t>());
    const auto n = each["n"].get<Eigen::Index>();
    const VectorXd x = uniform(random, n, 3, 0);
    const VectorXd values = uniform(random, n, 2, -1);
    const VectorXd points = uniform(random, 5, 4, -0.5);
    const MatrixXd kernel =
        MatrixXd::NullaryExpr(n, n, [&](Eigen::Index i, Eigen::Index j) { return squared_exponential(x[i], x[j]); });
    const Posterior posterior(kernel, values, each["noise"].get<double>());
    EXPECT_NEAR(posterior.evidence(values), each["evidence"].get<double>(), 1e-7);
    for (Eigen::Index i = 0; i < 5; ++i) {
      const VectorXd row = x.unaryExpr([&](double other) { return squared_exponential(other, points[i]); });
      EXPECT_NEAR(posterior.mean(row), each["means"][static_cast<std::size_t>(i)].get<double>(), 1e-7);
      EXPECT_NEAR(posterior.variance(row), each["variances"][static_cast<std::size_t>(i)].get<double>(), 1e-7);
    }
  }
}

TEST(ExpectedImprovement, IsTheIntegral) {
  for (const Json& each : expected("improvements")) {
    const double integral = each["improvement"].get<double>();
    EXPECT_NEAR(expected_improvement(each["mean"].get<double>(), each["variance"].get<double>(),
                                     each["incumbent"].get<double>()),
                integral, 1e-9 + 1e-7 * integral);
  }
}

TEST(ExpectedImprovement, OfACertainValueIsItsLead) {
  EXPECT_NEAR(expected_improvement(3, 0, 1), 2, 1e-9);
  EXPECT_NEAR(expected_improvement(3, -1e-15, 4), 0, 1e-9);
}

// The domain is at first what is to be observed, and then all; it is smaller than the pool, so all of it competes.
TEST(GaussianProcess, AsksForTheGreatestExpectedImprovement) {
  const auto space = make_space("nb201");
  for (const Json& each : expected("proposals")) {
    std::map<std::string, double> observed;
    for (std::size_t i = 0; i < each["observed"].size(); ++i)
      observed[space->at(each["observed"][i].get<std::uint64_t>()).text] = each["scores"][i].get<double>();
    std::set<std::string> allowed;
    for (const auto& [text, score] : observed) allowed.insert(text);
    const Domain domain(space, [&](const Arch& arch) { return allowed.contains(arch.text); });
    GaussianProcess search({.startup = static_cast<int>(observed.size())}, domain, 3);
    for (std::size_t i = 0; i < observed.size(); ++i) {
      const Arch arch = search.ask().value();
      search.tell({.arch = arch, .scores = {observed.at(arch.text)}});
    }
    for (const Json& other : each["others"]) allowed.insert(space->at(other.get<std::uint64_t>()).text);
    EXPECT_EQ(search.ask().value().text, space->at(each["next"].get<std::uint64_t>()).text);
  }
}

// Only the order of the scores counts.
TEST(GaussianProcess, AsksTheSameOfScoresInTheSameOrder) {
  const auto space = make_space("nb201");
  GaussianProcess one({}, Domain(space), 8);
  GaussianProcess other({}, Domain(space), 8);
  for (int i = 0; i < 40; ++i) {
    const Arch arch = one.ask().value();
    ASSERT_EQ(arch, other.ask().value());
    one.tell({.arch = arch, .scores = {score_of(arch)}});
    other.tell({.arch = arch, .scores = {std::exp(score_of(arch) / 100)}});
  }
}

TEST(GaussianProcess, NeverAsksTwice) {
  const auto space = make_space("nb201");
  GaussianProcess search({}, domain_of(space, different_archs(*space, 90, 2)), 8);
  std::set<std::string> different;
  while (const auto arch = search.ask()) {
    EXPECT_TRUE(different.insert(arch->text).second);
    search.tell({.arch = *arch, .scores = {score_of(*arch)}});
  }
  EXPECT_EQ(different.size(), 90U);
}

}  // namespace
}  // namespace tse
