// What a program promises of threads, without libtorch, so that the thread sanitizer can watch it. That it computes the
// right function is held against the reference network in tests/net.
#include "tse/cpu/program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "tse/base/random.h"
#include "tse/space/passes.h"
#include "tse/space/space.h"

namespace tse::cpu {
namespace {

constexpr Task kTask{.input = {.channels = 3, .height = 32, .width = 32}, .classes = 10};

constexpr int kBatch = 70;  // images: several blocks for each thread

using Values = std::map<std::string, std::vector<float>>;

Tensors in(Values& values) {
  return [&values](const std::string& name) { return values.at(name).data(); };
}

/// A random cell's weights: small ones of convolutions and the linear layer, ones and zeros of batch norm.
struct Weights {
  Values parameters, buffers;

  Weights(const Graph& graph, Stream& random) {
    for (const Node& node : graph.nodes()) {
      const auto channels = static_cast<std::size_t>(node.shape.channels);
      if (std::holds_alternative<op::BatchNorm>(node.op)) {
        parameters[node.name + ".weight"].assign(channels, 1);
        parameters[node.name + ".bias"].assign(channels, 0);
        buffers[node.name + ".running_mean"].assign(channels, 0);
        buffers[node.name + ".running_var"].assign(channels, 1);
        continue;
      }
      const auto* convolution = std::get_if<op::Conv2d>(&node.op);
      const bool linear = std::holds_alternative<op::Linear>(node.op);
      if (convolution == nullptr && !linear) continue;
      const auto from = static_cast<std::size_t>(graph.node(node.inputs[0]).shape.channels);
      const auto window = static_cast<std::size_t>(linear ? 1 : convolution->kernel * convolution->kernel);
      std::vector<float>& weight = parameters[node.name + ".weight"];
      weight.resize(channels * from * window);
      for (float& value : weight) value = static_cast<float>((random.unit() - 0.5) / std::sqrt(from * window));
      if (linear) parameters[node.name + ".bias"].assign(channels, 0);
    }
  }
};

/// The logits of two training steps of a random cell, and the gradients of the second.
std::vector<float> two_steps(std::uint64_t seed, const ProgramOptions& options) {
  Stream random(seed);
  const auto space = make_space("nb201:channels=4,cells=2");
  const Graph graph = simplified(space->lower(space->sample(random), kTask));
  Weights weights(graph, random);
  Values gradients = weights.parameters;
  for (auto& [name, values] : gradients) std::ranges::fill(values, 0.0F);
  std::vector<float> images(static_cast<std::size_t>(options.batch * kTask.input.elements()));
  for (float& value : images) value = static_cast<float>(2 * random.unit() - 1);

  Program program(graph, options);
  std::vector<float> seen;
  for (int step = 0; step < 2; ++step) {
    const auto logits = program.forward(images.data(), options.batch, in(weights.parameters), in(weights.buffers));
    seen.insert(seen.end(), logits.begin(), logits.end());
    const std::vector<float> gradient(logits.begin(), logits.end());  // of half the sum of their squares
    program.backward(gradient, in(gradients));
    for (auto& [name, values] : weights.parameters) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] -= 1e-4F * gradients.at(name)[i];
    }
  }
  for (const auto& [name, values] : gradients) seen.insert(seen.end(), values.begin(), values.end());
  return seen;
}

double largest(const std::vector<float>& values) {
  double most = 0;
  for (const float value : values) most = std::max<double>(most, std::abs(value));
  return most;
}

class ProgramTest : public testing::TestWithParam<Precision> {};

TEST_P(ProgramTest, ThreadsChangeNothingButTheOrderOfSums) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const std::vector<float> one = two_steps(seed, {.batch = kBatch, .precision = GetParam(), .threads = 1});
    const std::vector<float> three = two_steps(seed, {.batch = kBatch, .precision = GetParam(), .threads = 3});
    EXPECT_EQ(two_steps(seed, {.batch = kBatch, .precision = GetParam(), .threads = 3}), three) << "seed " << seed;
    std::vector<float> difference(one.size());
    for (std::size_t i = 0; i < one.size(); ++i) difference[i] = three[i] - one[i];
    EXPECT_LT(largest(difference), (GetParam() == Precision::fp32 ? 1e-4 : 0.1) * largest(one)) << "seed " << seed;
    EXPECT_GT(largest(one), 0);
  }
}

/// One program after the other in one workspace: what others left there changes not a bit.
TEST_P(ProgramTest, ComputesTheSameInAWorkspaceThatOthersUsed) {
  const auto workspace = std::make_shared<Workspace>();
  for (const int batch : {kBatch, 3, kBatch, 2 * kBatch}) {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      ProgramOptions options{.batch = batch, .precision = GetParam(), .threads = 1 + static_cast<int>(seed % 2)};
      const std::vector<float> alone = two_steps(seed, options);
      options.workspace = workspace;
      EXPECT_EQ(two_steps(seed, options), alone) << "seed " << seed << ", batch " << batch;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, ProgramTest, testing::Values(Precision::fp32, Precision::bf16),
                         [](const auto& precision) { return precision.param == Precision::fp32 ? "fp32" : "bf16"; });

}  // namespace
}  // namespace tse::cpu
