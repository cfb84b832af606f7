// Programs against plain loops that walk the same plan, over random graphs. That the plan itself is right is held by
// tests/plan, and against the reference network by tests/net.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <variant>
#include <vector>

#include "plan/plain_executor.h"
#include "plan/plain_network.h"
#include "support/expect_error.h"
#include "support/random_graph.h"
#include "tse/cpu/program.h"
#include "tse/space/passes.h"
#include "tse/space/space.h"

namespace tse::cpu {
namespace {

using plan::PlainExecutor;
using plan::PlainTensors;

/// Values of (outer, channels, pixels) in the order (outer, pixels, channels), or back.
template <class To, class From>
std::vector<To> channels_last(const std::vector<From>& values, std::size_t channels, std::size_t pixels, bool back) {
  std::vector<To> list(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t image = i / (channels * pixels) * channels * pixels;
    const std::size_t last = image + i % pixels * channels + i / pixels % channels;
    list[back ? i : last] = static_cast<To>(values[back ? last : i]);
  }
  return list;
}

/// Tensors as a program takes them: fp32, those of convolutions channels-last.
class ProgramTensors {
 public:
  ProgramTensors(const Graph& graph, const PlainTensors& plain) {
    for (const Node& node : graph.nodes()) {
      const auto* conv = std::get_if<op::Conv2d>(&node.op);
      if (conv == nullptr) continue;
      windows_[node.name + ".weight"] = {
          static_cast<std::size_t>(graph.node(node.inputs[0]).shape.channels / conv->groups),
          static_cast<std::size_t>(conv->kernel * conv->kernel)};
    }
    for (const auto& [name, values] : plain) {
      const auto [channels, pixels] = window(name);
      values_[name] = channels_last<float>(values, channels, pixels, false);
    }
  }
  Tensors tensors() {
    return [this](const std::string& name) { return values_.at(name).data(); };
  }
  std::vector<double> plain(const std::string& name) const {
    const auto [channels, pixels] = window(name);
    return channels_last<double>(values_.at(name), channels, pixels, true);
  }

 private:
  std::pair<std::size_t, std::size_t> window(const std::string& name) const {
    const auto found = windows_.find(name);
    return found == windows_.end() ? std::pair<std::size_t, std::size_t>(1, 1) : found->second;
  }
  std::map<std::string, std::pair<std::size_t, std::size_t>> windows_;
  std::map<std::string, std::vector<float>> values_;
};

/// Largest difference as a share of the largest value.
double difference(const std::vector<double>& ours, const std::vector<double>& exact) {
  double most = 0;
  double scale = 1;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    scale = std::max(scale, std::abs(exact[i]) + 1);
    most = std::max(most, std::abs(ours[i] - exact[i]));
  }
  return most / scale;
}

struct Differences {
  double evaluated = 0, logits = 0, buffers = 0, gradients = 0;
};

/// Between a program and the plain executor: one evaluation and one training step.
Differences differences(const Graph& graph, std::uint64_t seed, int batch, Precision precision = Precision::fp32) {
  Stream random(seed);
  const plan::PlainNetwork network = plan::random_network(graph, random);
  const Shape shape = graph.node(0).shape;
  const std::vector<double> images =
      plan::random_plain(static_cast<std::size_t>(batch * shape.elements()), -1, 1, random);
  const std::vector<float> ours = channels_last<float>(images, static_cast<std::size_t>(shape.channels),
                                                       static_cast<std::size_t>(shape.height * shape.width), false);
  ProgramTensors parameters(graph, network.parameters);
  ProgramTensors gradients(graph, network.parameters);
  Differences found;
  for (const bool training : {false, true}) {
    Program program(graph, {.batch = batch, .precision = precision, .training = training});
    PlainExecutor plain(plan::make_plan(graph, {.storage = precision, .training = training}), batch);
    program.begin_step(seed, 0.5);
    ProgramTensors buffers(graph, network.buffers);
    PlainTensors plain_buffers = network.buffers;
    const auto span = program.forward(ours.data(), batch, parameters.tensors(), buffers.tensors());
    const std::vector<double> logits(span.begin(), span.end());
    const std::vector<double> exact =
        plain.forward(images, network.parameters, plain_buffers, {.seed = seed, .path_scale = 0.5});
    (training ? found.logits : found.evaluated) = difference(logits, exact);
    for (const auto& [name, values] : plain_buffers) {
      found.buffers = std::max(found.buffers, difference(buffers.plain(name), values));
    }
    if (!training) continue;
    const std::vector<double> weights = plan::random_plain(exact.size(), -1, 1, random);
    program.backward(std::vector<float>(weights.begin(), weights.end()), gradients.tensors());
    double off = 0;
    double size = 1e-12;
    for (const auto& [name, values] : plain.backward(weights)) {
      const std::vector<double> mine = gradients.plain(name);
      for (std::size_t i = 0; i < values.size(); ++i) {
        off += std::pow(mine[i] - values[i], 2);
        size += std::pow(values[i], 2);
      }
    }
    found.gradients = std::sqrt(off / size);
  }
  return found;
}

class AgainstPlainLoops : public testing::TestWithParam<bool> {};

TEST_P(AgainstPlainLoops, RandomGraphsComputeTheSame) {
  Stream random(11);
  int taken = 0;
  int far = 0;
  for (int i = 0; i < 400; ++i) {
    const Graph graph = simplified(random_graph(random, GetParam()));
    const int batch = 1 + i % 3;
    if (!runs_on_cpu(graph) || plan::has_lone_values(graph, batch)) continue;
    ++taken;
    const Differences found = differences(graph, static_cast<std::uint64_t>(i), batch);
    EXPECT_LT(found.evaluated, 1e-3);
    EXPECT_LT(found.logits, 1e-3);
    EXPECT_LT(found.buffers, 1e-4);
    if (!(found.gradients <= 1e-3)) ++far;
    if (HasFailure()) FAIL() << "graph " << i << '\n' << to_text(graph);
  }
  EXPECT_GE(taken, GetParam() ? 240 : 200);
  // a ReLU whose input is zero but for rounding, or the largest of two equals, goes one way or the other by luck
  EXPECT_LE(far, taken / 100);
}

INSTANTIATE_TEST_SUITE_P(AllOps, AgainstPlainLoops, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(PlainOps, AgainstPlainLoops, testing::Values(true));

TEST(AgainstPlainLoops, CellsOfNasBench201ComputeTheSame) {
  const auto space = make_space("nb201:channels=4,cells=1");
  Stream random(2);
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const Task task{.input = {.channels = 3, .height = 8, .width = 8}, .classes = 10};
    const Arch arch = space->sample(random);
    for (const Graph& graph : {space->lower(arch, task), space->sub_network(arch, task, Norms::batch)}) {
      const Differences found = differences(simplified(graph), seed, 5);
      EXPECT_LT(found.evaluated, 1e-5);
      EXPECT_LT(found.logits, 1e-5);
      EXPECT_LT(found.buffers, 1e-5);
      EXPECT_LT(found.gradients, 1e-3);
    }
  }
}

TEST(AgainstPlainLoops, ALinearLayerReadsWhatNoGlobalAverageWidened) {
  Graph graph;
  graph.add_input({.channels = 8, .height = 2, .width = 2});
  graph.add("pool", op::MaxPool{.kernel = 2, .stride = 2, .padding = 0}, {0});
  graph.add("first", op::Conv2d{.out = 6}, {1});
  graph.add("linear", op::Linear{.out = 5}, {2});
  for (const Precision precision : {Precision::fp32, Precision::bf16}) {
    const Differences found = differences(graph, 1, 3, precision);
    const double share = precision == Precision::fp32 ? 1e-5 : 0.02;
    EXPECT_LT(found.evaluated, share);
    EXPECT_LT(found.logits, share);
    EXPECT_LT(found.gradients, share);
  }
}

TEST(Capability, AConvolutionBehindAGlobalAverageHasNoKernel) {
  Graph graph;
  graph.add_input({.channels = 2, .height = 3, .width = 3});
  graph.add("pool", op::GlobalAvgPool{}, {0});
  graph.add("conv", op::Conv2d{.out = 4}, {1});
  EXPECT_FALSE(runs_on_cpu(graph));
  EXPECT_EQ(message_of<UsageError>([&] { Program(graph, {}); }),
            "[conv] expected an op with a kernel for this CPU; got conv2d out=4 kernel=1 stride=1 padding=0");
}

}  // namespace
}  // namespace tse::cpu
