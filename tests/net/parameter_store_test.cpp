#include "tse/net/parameter_store.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tse {
namespace {

/// Conv and batch norm, `channels` wide, then a classifier.
Graph small_graph(int channels, const std::string& name, Initialisation initialisation = Initialisation::pytorch) {
  Graph graph(initialisation);
  NodeId now = graph.add_input({.channels = 3, .height = 8, .width = 8});
  now = graph.add("stem", op::Conv2d{.out = channels, .kernel = 3, .padding = 1}, {now});
  now = graph.add(name, op::Conv2d{.out = channels, .kernel = 3, .padding = 1}, {now});
  now = graph.add("bn", op::BatchNorm{}, {now});
  now = graph.add("pool", op::GlobalAvgPool{}, {now});
  graph.add("linear", op::Linear{.out = 10}, {now});
  return graph;
}

TEST(ParameterStore, WeightsAreUniformWithinTheBoundOfTheFanIn) {
  ParameterStore store;
  store.add(small_graph(64, "conv"), 7, torch::kFloat);
  const torch::Tensor weight = store.parameters.at("conv.weight").detach();
  const double bound = 1 / std::sqrt(64.0 * 9);
  EXPECT_LE(weight.abs().max().item<double>(), bound);
  EXPECT_NEAR(weight.mean().item<double>(), 0, 5 * bound / std::sqrt(3.0 * static_cast<double>(weight.numel())));
  EXPECT_NEAR(weight.std().item<double>(), bound / std::sqrt(3.0), 0.01 * bound);
  EXPECT_TRUE(torch::equal(store.parameters.at("bn.weight").detach(), torch::ones({64})));
}

// SplitMix64 seeded by derive_seed, as Python computes it: a change of these moves every training that was recorded.
TEST(ParameterStore, WeightsAreTheSameAsEver) {
  ParameterStore store;
  store.add(small_graph(64, "conv"), 7, torch::kFloat);
  EXPECT_EQ(store.parameters.at("conv.weight").detach().flatten()[0].item<float>(), 0.0184442829F);
  EXPECT_EQ(store.parameters.at("linear.bias").detach()[9].item<float>(), 0.109619983F);
}

/// N(0, 2/fan_out), whose fan_out is not divided by groups, and N(0, 0.01^2).
TEST(ParameterStore, WeightsOfPyclsAreNormalByTheFanOut) {
  Graph graph(Initialisation::pycls);
  NodeId now = graph.add_input({.channels = 64, .height = 8, .width = 8});
  now = graph.add("conv", op::Conv2d{.out = 256, .kernel = 3, .padding = 1, .groups = 4, .bias = true}, {now});
  now = graph.add("bn", op::BatchNorm{}, {now});
  now = graph.add("pool", op::GlobalAvgPool{}, {now});
  graph.add("linear", op::Linear{.out = 100}, {now});
  ParameterStore store;
  store.add(graph, 7, torch::kFloat);
  const auto expect_normal = [&](const char* name, double deviation) {
    const torch::Tensor weight = store.parameters.at(name).detach().to(torch::kDouble);
    const double n = static_cast<double>(weight.numel());
    EXPECT_NEAR(weight.mean().item<double>(), 0, 5 * deviation / std::sqrt(n)) << name;
    EXPECT_NEAR(weight.std().item<double>(), deviation, 5 * deviation / std::sqrt(2 * n)) << name;
    // of a normal distribution 4.55 % are beyond two deviations, of a uniform one none
    const double beyond = (weight.abs() > 2 * deviation).sum().item<double>() / n;
    EXPECT_NEAR(beyond, 0.0455, 5 * std::sqrt(0.0455 / n)) << name;
  };
  expect_normal("conv.weight", std::sqrt(2.0 / (256 * 9)));
  expect_normal("linear.weight", 0.01);
  for (const char* name : {"conv.bias", "linear.bias", "bn.bias"})
    EXPECT_EQ(store.parameters.at(name).abs().max().item<double>(), 0) << name;
  EXPECT_TRUE(torch::equal(store.parameters.at("bn.weight").detach(), torch::ones({256})));
}

TEST(ParameterStore, AWeightDependsOnSeedAndNameAlone) {
  ParameterStore one;
  ParameterStore other;
  ParameterStore seed;
  one.add(small_graph(4, "conv"), 3, torch::kFloat);
  other.add(small_graph(4, "renamed"), 3, torch::kFloat);
  seed.add(small_graph(4, "conv"), 4, torch::kFloat);
  const torch::Tensor& weight = one.parameters.at("stem.weight");
  EXPECT_TRUE(torch::equal(weight, other.parameters.at("stem.weight")));
  EXPECT_FALSE(torch::equal(weight, seed.parameters.at("stem.weight")));
  EXPECT_FALSE(torch::equal(one.parameters.at("conv.weight"), other.parameters.at("renamed.weight")));
}

TEST(ParameterStore, SharesWhatItHasAndAddsWhatItLacks) {
  ParameterStore store;
  store.add(small_graph(4, "conv"), 3, torch::kFloat);
  const torch::Tensor stem = store.parameters.at("stem.weight");
  store.add(small_graph(4, "renamed"), 99, torch::kFloat);
  EXPECT_TRUE(store.parameters.at("stem.weight").is_same(stem));
  EXPECT_TRUE(store.parameters.contains("renamed.weight"));
}

TEST(ParameterStore, Float64StartsFromTheWeightsOfFloat32) {
  for (const Initialisation initialisation : {Initialisation::pytorch, Initialisation::pycls}) {
    ParameterStore single;
    ParameterStore twice;
    single.add(small_graph(5, "conv", initialisation), 3, torch::kFloat);
    twice.add(small_graph(5, "conv", initialisation), 3, torch::kDouble);
    for (const auto& [name, tensor] : single.parameters) {
      EXPECT_TRUE(torch::equal(tensor.detach().to(torch::kDouble), twice.parameters.at(name).detach())) << name;
    }
  }
}

TEST(ParameterStore, HoldsAsManyWeightsAsTheGraphCounts) {
  for (int channels = 1; channels < 9; ++channels) {
    const Graph graph = small_graph(channels, "conv");
    ParameterStore store;
    store.add(graph, 1, torch::kFloat);
    std::int64_t count = 0;
    for (const auto& parameter : store.trainable()) count += parameter.numel();
    EXPECT_EQ(count, parameters(graph));
  }
}

}  // namespace
}  // namespace tse
