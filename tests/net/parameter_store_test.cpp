#include "tse/net/parameter_store.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tse {
namespace {

/// Conv and batch norm, `channels` wide, then a classifier.
Graph small_graph(int channels, const std::string& name) {
  Graph graph;
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
  ParameterStore single;
  ParameterStore twice;
  single.add(small_graph(5, "conv"), 3, torch::kFloat);
  twice.add(small_graph(5, "conv"), 3, torch::kDouble);
  for (const auto& [name, tensor] : single.parameters) {
    EXPECT_TRUE(torch::equal(tensor.detach().to(torch::kDouble), twice.parameters.at(name).detach())) << name;
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
