// Properties of SynFlow and SNIP, on chains and on random cells.

#include <gtest/gtest.h>

#include <cmath>

#include "tse/net/network.h"
#include "tse/proxy/snip.h"
#include "tse/proxy/synflow.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"

namespace tse {
namespace {

/// image -> conv -> bn -> relu, twice, -> pool -> linear.
Graph chain() {
  Graph graph;
  NodeId last = graph.add_input({.channels = 3, .height = 8, .width = 8});
  for (const std::string name : {"a", "b"}) {
    last = graph.add(name + ".conv", op::Conv2d{.out = 5, .kernel = 3, .padding = 1}, {last});
    last = graph.add(name + ".bn", op::BatchNorm{}, {last});
    last = graph.add(name + ".relu", op::Relu{}, {last});
  }
  last = graph.add("pool", op::GlobalAvgPool{}, {last});
  graph.add("head", op::Linear{.out = 4}, {last});
  return graph;
}

ParameterStore store_of(const Graph& graph, std::uint64_t seed) {
  ParameterStore store;
  store.add(graph, seed, torch::kFloat);
  return store;
}

void change(torch::Tensor& parameter, double factor) {
  const torch::NoGradGuard no_grad;
  parameter.mul_(factor);
}

TEST(SynFlow, IsConservedFromLayerToLayer) {
  const Graph graph = chain();
  ParameterStore store = store_of(graph, 1);
  change(store.parameters.at("head.bias"), 0);
  const auto parts = synflow_by_layer(graph, store);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_GT(parts.at("head"), 0);
  for (const auto& [layer, part] : parts) EXPECT_NEAR(part, parts.at("head"), 1e-12 * part) << layer;
  EXPECT_NEAR(synflow(graph, store), 3 * parts.at("head"), 1e-12 * parts.at("head"));
}

TEST(SynFlow, GrowsInProportionToEachLayer) {
  const Graph graph = chain();
  ParameterStore store = store_of(graph, 2);
  const double before = synflow(graph, store);
  change(store.parameters.at("a.conv.weight"), 3);
  EXPECT_NEAR(synflow(graph, store), 3 * before, 1e-6 * before);
}

TEST(SynFlow, KnowsNoSignsNoBatchNormAndNoImages) {
  const Graph graph = chain();
  ParameterStore store = store_of(graph, 3);
  const double before = synflow(graph, store);
  for (auto& [name, parameter] : store.parameters) change(parameter, -1);
  EXPECT_EQ(synflow(graph, store), before);
  change(store.parameters.at("a.bn.weight"), 7);
  EXPECT_EQ(synflow(graph, store), before);
}

TEST(SynFlow, LeavesTheStoreAsItIs) {
  const Graph graph = chain();
  ParameterStore store = store_of(graph, 4);
  const torch::Tensor weight = store.parameters.at("a.conv.weight").detach().clone();
  (void)synflow(graph, store);
  EXPECT_TRUE(torch::equal(store.parameters.at("a.conv.weight"), weight));
  EXPECT_FALSE(store.parameters.at("a.conv.weight").grad().defined());
}

TEST(SynFlow, FitsIntoADoubleForTheDeepestCells) {
  const auto space = make_space("nb201");
  const Arch all =
      space->parse("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|");
  const Graph graph = space->lower(all, {});
  const double value = synflow(graph, store_of(graph, 5));
  EXPECT_GT(value, 1e40);
  EXPECT_LT(value, 1e100);
}

TEST(Snip, IsZeroWithoutGradients) {
  const Graph graph = chain();
  ParameterStore store = store_of(graph, 6);
  EXPECT_EQ(snip(graph, store, "all"), 0);  // none yet
  for (auto& [name, parameter] : store.parameters) parameter.mutable_grad() = torch::zeros_like(parameter);
  EXPECT_EQ(snip(graph, store, "all"), 0);
}

TEST(Snip, SumsWeightTimesGradient) {
  const Graph graph = chain();
  ParameterStore store = store_of(graph, 7);
  double weights = 0;
  double all = 0;
  for (auto& [name, parameter] : store.parameters) {
    parameter.mutable_grad() = torch::full_like(parameter, -2);
    const double part = 2 * parameter.abs().to(torch::kDouble).sum().item<double>();
    all += part;
    if (name.ends_with("conv.weight") || name == "head.weight") weights += part;
  }
  EXPECT_NEAR(snip(graph, store, "weights"), weights, 1e-9 * weights);
  EXPECT_NEAR(snip(graph, store, "all"), all, 1e-9 * all);
  EXPECT_GT(all, weights);
}

TEST(Snip, DoesNotSeeTheScaleOfWeightsBeforeABatchNorm) {
  // L(s w) = L(w) there, so w dL/dw stays
  const Graph graph = chain();
  torch::manual_seed(1);
  const torch::Tensor images = torch::randn({8, 3, 8, 8}, torch::kDouble);
  const torch::Tensor labels = torch::arange(8) % 4;
  const auto value = [&](double factor) {
    ParameterStore store;
    store.add(graph, 8, torch::kDouble);
    change(store.parameters.at("b.conv.weight"), factor);
    make_reference_network(graph, store)->loss_and_gradients(images, labels);
    return snip(graph, store, "weights");
  };
  EXPECT_NEAR(value(50), value(100), 1e-4 * value(100));  // but for batch norm's epsilon
}

}  // namespace
}  // namespace tse
