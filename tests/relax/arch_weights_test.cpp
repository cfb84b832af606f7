#include "tse/relax/arch_weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "tse/base/json.h"

namespace tse {
namespace {

Choices choices() {
  return Choices({{.name = "a", .options = {"x", "y", "z"}}, {.name = "b", .options = {"x", "y", "z", "w"}}});
}

ArchWeights make(const Relaxation& relaxation, std::uint64_t seed = 5) {
  return ArchWeights(choices(), relaxation, seed, torch::TensorOptions().dtype(torch::kDouble));
}

void set(ArchWeights& weights, const std::vector<std::vector<double>>& values) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < values.size(); ++i) weights.values()[i].copy_(torch::tensor(values[i], torch::kDouble));
}

/// Against PyTorch's, and, as far as PyTorch's approximations are that, derivatives of the marginals' distribution
/// functions by scipy, for small and large concentrations.
TEST(Pathwise, HasTheGradientsOfTheDistributionFunctions) {
  std::ifstream file(TSE_SOURCE "/tests/relax/expected_relax.json");
  const Json all = Json::parse(file).at("dirichlet");
  ASSERT_GT(all.size(), 10U);
  for (const Json& each : all) {
    const auto concentration = each.at("concentration").get<std::vector<double>>();
    const auto sample = each.at("sample").get<std::vector<double>>();
    const auto pytorch = each.at("pytorch").get<std::vector<double>>();
    const auto exact = each.at("derivatives").get<std::vector<double>>();
    const auto count = static_cast<std::int64_t>(sample.size());
    const torch::Tensor c = torch::tensor(concentration, torch::kDouble).requires_grad_();
    const torch::Tensor p = pathwise(c, torch::tensor(sample, torch::kDouble));
    for (std::int64_t k = 0; k < count; ++k) {
      // dL/dc_i = D_i (g_i - sum_j p_j g_j) with g the unit vector k
      const torch::Tensor gradient = torch::autograd::grad({p[k]}, {c}, {}, true)[0];
      for (std::int64_t i = 0; i < count; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const double share = (i == k ? 1 : 0) - sample[static_cast<std::size_t>(k)];
        const double found = gradient[i].item<double>();
        EXPECT_NEAR(found, pytorch[at] * share, 1e-5 * std::abs(found)) << each.dump() << ' ' << i << ' ' << k;
        EXPECT_NEAR(found, exact[at] * share, 1e-3 * std::abs(found)) << each.dump() << ' ' << i << ' ' << k;
      }
    }
  }
}

TEST(DirichletDraws, AreOfTheSeedAndTheNumberAlone) {
  const torch::Tensor c = torch::tensor({2.0, 3.0, 5.0}, torch::kDouble);
  const DrawDirichlet draws = dirichlet_draws(7);
  EXPECT_TRUE(torch::equal(draws(c, 4), dirichlet_draws(7)(c, 4)));
  EXPECT_FALSE(torch::equal(draws(c, 4), draws(c, 5)));
  EXPECT_FALSE(torch::equal(draws(c, 4), dirichlet_draws(8)(c, 4)));
  torch::Tensor sum = torch::zeros({3}, torch::kDouble);
  torch::Tensor squares = torch::zeros({3}, torch::kDouble);
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const torch::Tensor sample = draws(c, static_cast<std::uint64_t>(i));
    sum += sample;
    squares += sample * sample;
  }
  // means c/10, variances c (10 - c)/1100: within five standard errors
  for (int i = 0; i < 3; ++i) {
    const double mean = sum[i].item<double>() / kDraws;
    const double wanted = c[i].item<double>() / 10;
    const double variance = wanted * (1 - wanted) / 11;
    EXPECT_NEAR(mean, wanted, 5 * std::sqrt(variance / kDraws));
    EXPECT_NEAR(squares[i].item<double>() / kDraws - mean * mean, variance, 0.05 * variance);
  }
}

TEST(ArchWeights, StartNearUniform) {
  ArchWeights weights = make({});
  for (const std::vector<double>& place : weights.shares())
    for (const double share : place) EXPECT_NEAR(share, 1.0 / static_cast<double>(place.size()), 2e-3);
  EXPECT_FALSE(torch::equal(weights.values()[0], make({}, 6).values()[0]));
  EXPECT_TRUE(torch::equal(weights.values()[0], make({}).values()[0]));
}

TEST(ArchWeights, DropTheSmallest) {
  for (const char* rule : {"softmax", "dirichlet"}) {
    ArchWeights weights = make({.weights = rule});
    set(weights, {{0.1, 0.3, 0.2}, {-1, 2, 2, 0.5}});
    weights.keep(2);
    EXPECT_EQ(weights.kept(), (std::vector<std::vector<int>>{{1, 2}, {1, 2}}));
    EXPECT_EQ(weights.values()[1][3].item<double>(), 0);  // what is dropped is 0, and wins nowhere
    set(weights, {{0, -5, -4}, {0, -1, -2, 0}});
    EXPECT_EQ(weights.shares()[0][0], 0);
    EXPECT_NEAR(weights.shares()[0][1] + weights.shares()[0][2], 1, 1e-12);
    ParameterStore store;
    weights.mix(store, 1, true);
    const torch::Tensor& share = store.architecture.at("a");
    EXPECT_EQ(share.size(0), 2);
    EXPECT_NEAR(share.sum().item<double>(), 1, 1e-12);
    // nothing moves what is dropped
    weights.step({torch::ones({3}, torch::kDouble), torch::ones({4}, torch::kDouble)});
    EXPECT_EQ(weights.values()[0][0].item<double>(), 0);
    EXPECT_NE(weights.values()[0][1].item<double>(), -5);
  }
}

TEST(ArchWeights, LearnOnlyWhereAsked) {
  ArchWeights weights = make({.weights = "dirichlet"});
  ParameterStore store;
  weights.mix(store, 3, false);
  EXPECT_FALSE(store.architecture.at("a").requires_grad());
  weights.mix(store, 3, true);
  store.architecture.at("a")[0].backward();
  const std::vector<torch::Tensor> gradients = weights.take_gradients();
  EXPECT_GT(gradients[0].norm().item<double>(), 0);
  EXPECT_EQ(gradients[1].norm().item<double>(), 0);
  EXPECT_EQ(weights.take_gradients()[0].norm().item<double>(), 0);
}

/// State that is copied into another search goes on as the first.
TEST(ArchWeights, AreTheirState) {
  ArchWeights first = make({});
  const std::vector<torch::Tensor> gradients = {torch::tensor({1.0, -2.0, 0.5}, torch::kDouble),
                                                torch::tensor({0.1, 0.2, -0.3, 4.0}, torch::kDouble)};
  first.step(gradients);
  ArchWeights second = make({}, 9);
  {
    const torch::NoGradGuard no_grad;
    for (auto& [name, tensor] : second.state()) tensor.copy_(first.state().at(name));
  }
  first.step(gradients);
  second.step(gradients);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_TRUE(torch::equal(first.values()[i], second.values()[i]));
}

}  // namespace
}  // namespace tse
