// The network that a GPU walks its plan for, with its kernels compiled for this CPU: everything but the card.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "net/host_kernels.h"
#include "support/random_graph.h"
#include "tse/net/convolution.h"
#include "tse/net/device.h"
#include "tse/net/network.h"
#include "tse/net/planned.h"
#include "tse/space/space.h"
#include "tse/space/speed_panel.h"

namespace tse {
namespace {

using Tensors = std::map<std::string, torch::Tensor>;

/// What a step leaves, in float64.
struct Outcome {
  double loss = 0;
  Tensors gradients;
  Tensors buffers;
  torch::Tensor evaluated;
};

/// In bfloat16 the weights of convolutions and linear layers are of it, all else is float.
ParameterStore store_of(const Graph& graph, torch::ScalarType type, const torch::Device& device = torch::kCPU) {
  const bool rounds = type == torch::kBFloat16;
  ParameterStore store;
  store.add(graph, 3, torch::TensorOptions(device).dtype(rounds ? torch::kFloat : type));
  for (auto& [name, tensor] : store.parameters) {
    if (rounds && tensor.dim() > 1) tensor = tensor.detach().to(torch::kBFloat16).requires_grad_();
  }
  return store;
}

Outcome step(Network& network, ParameterStore& store, const torch::Tensor& images, const torch::Tensor& labels) {
  Outcome outcome{.loss = network.loss_and_gradients(images, labels), .gradients = {}, .buffers = {}, .evaluated = {}};
  for (auto& [name, parameter] : store.parameters) {
    if (parameter.grad().defined()) outcome.gradients[name] = parameter.grad().cpu().to(torch::kDouble);
  }
  for (auto& [name, buffer] : store.buffers) outcome.buffers[name] = buffer.cpu().to(torch::kDouble);
  const torch::NoGradGuard no_grad;
  outcome.evaluated = network.forward(images, Mode::evaluate).cpu().to(torch::kDouble);
  return outcome;
}

/// Relative, of all of them together.
double distance(const Tensors& ours, const Tensors& exact) {
  double difference = 0;
  double size = 1e-30;
  for (const auto& [name, tensor] : exact) {
    const auto found = ours.find(name);
    const torch::Tensor mine = found == ours.end() ? torch::zeros_like(tensor) : found->second;
    difference += (mine - tensor).square().sum().item<double>();
    size += tensor.square().sum().item<double>();
  }
  return std::sqrt(difference / size);
}

double distance(const torch::Tensor& ours, const torch::Tensor& exact) {
  return distance(Tensors{{"", ours}}, Tensors{{"", exact}});
}

struct Setting {
  const char* space;
  const char* arch;
  int size = 16;
  int images = 8;

  friend void PrintTo(const Setting& s, std::ostream* out) { *out << s.space << ' ' << s.arch; }
};

struct Images {
  torch::Tensor images;  // (N,3,S,S)
  torch::Tensor labels;  // (N)

  Images(std::uint64_t seed, int count, int size) {
    torch::manual_seed(seed);
    images = torch::randn({count, 3, size, size});
    labels = torch::randint(10, {count});
  }
};

/// Where the kernels run, and what activations are kept in.
struct Ground {
  torch::Device device = torch::kCPU;
  torch::ScalarType type = torch::kFloat;
  KernelCompiler compile = host_kernels;
};

Outcome by_libtorch(const Graph& graph, const Images& batch, const torch::Device& device, torch::ScalarType type) {
  ParameterStore store = store_of(graph, type, device);
  const auto network = make_reference_network(graph, store);
  return step(*network, store, batch.images.to(device, type), batch.labels.to(device));
}

Outcome by_plan(const Graph& graph, const Images& batch, const Ground& ground) {
  ParameterStore store = store_of(graph, ground.type, ground.device);
  const auto network = make_planned_network(graph, store, ground.type, ground.compile);
  return step(*network, store, batch.images.to(ground.device), batch.labels.to(ground.device));
}

/// No farther from float64 than libtorch is on the same ground, twice over; the middle of three draws, since a ReLU
/// whose input is zero but for rounding goes one way or the other by luck.
void expect_as_near_as_libtorch(const Graph& graph, int count, int size, const Ground& ground) {
  leave_out_unsound_convolutions();
  ASSERT_TRUE(has_planned_network(graph));
  const double loss_error = ground.type == torch::kFloat ? 1e-5 : 0.05;
  std::vector<double> gradients, plain, logits, plain_logits;
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Images batch(seed, count, size);
    const Outcome exact = by_libtorch(graph, batch, torch::kCPU, torch::kDouble);
    const Outcome libtorch = by_libtorch(graph, batch, ground.device, ground.type);
    const Outcome ours = by_plan(graph, batch, ground);
    EXPECT_NEAR(ours.loss, exact.loss, loss_error * std::max(1.0, exact.loss));
    EXPECT_LE(distance(ours.buffers, exact.buffers), 2 * distance(libtorch.buffers, exact.buffers) + 1e-6);
    EXPECT_EQ(ours.gradients.size(), libtorch.gradients.size());
    gradients.push_back(distance(ours.gradients, exact.gradients));
    plain.push_back(distance(libtorch.gradients, exact.gradients));
    logits.push_back(distance(ours.evaluated, exact.evaluated));
    plain_logits.push_back(distance(libtorch.evaluated, exact.evaluated));
  }
  for (auto* list : {&gradients, &plain, &logits, &plain_logits}) std::ranges::sort(*list);
  EXPECT_LE(gradients[1], 2 * plain[1] + 1e-6);
  EXPECT_LE(logits[1], 2 * plain_logits[1] + 1e-6);
}

class PlannedNetworkTest : public testing::TestWithParam<Setting> {};

TEST_P(PlannedNetworkTest, IsAsNearToFloat64AsTheReferencePath) {
  const auto [text, arch, size, images] = GetParam();
  const auto space = make_space(text);
  const Graph graph = space->lower(space->parse(arch), {.input = {3, size, size}, .classes = 10});
  expect_as_near_as_libtorch(graph, images, size, {});
}

/// The panel and twenty more cells of NAS-Bench-201, at full width.
TEST(OnAGpu, KernelsAreAsNearToFloat64AsLibtorch) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "libtorch finds no GPU";
  const torch::Device device = find_device("cuda");
  compute_by_rule(false);
  const KernelCompiler compile = kernel_compiler(device);
  if (!compile) GTEST_SKIP() << "this build has no CUDA headers, or finds no NVRTC";
  const auto space = make_space("nb201:channels=16,cells=1");
  std::vector<Arch> cells = sample_unique(*space, 20, 4);
  for (const char* cell : kSpeedPanel) cells.push_back({cell});
  for (const Arch& cell : cells) {
    for (const torch::ScalarType type : {torch::kFloat, torch::kBFloat16}) {
      SCOPED_TRACE(cell.text + (type == torch::kFloat ? " fp32" : " bf16"));
      const Graph graph = space->lower(cell, {.input = {3, 32, 32}, .classes = 10});
      expect_as_near_as_libtorch(graph, 64, 32, {.device = device, .type = type, .compile = compile});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Networks, PlannedNetworkTest,
    testing::Values(Setting{"nb201:channels=8,cells=1", kSpeedPanel[0]},
                    Setting{"nb201:channels=16,cells=1", kSpeedPanel[3]},
                    Setting{"nb201:channels=4,cells=2", kSpeedPanel[5]},
                    Setting{"nb201:channels=5,cells=1", kSpeedPanel[1], 12, 3},
                    Setting{"nb201:channels=4,cells=1", "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"},
                    Setting{"nb201:channels=4,cells=1",
                            "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|"},
                    Setting{"darts:channels=4,cells=3",
                            "normal sep_conv_3x3:0 dil_conv_5x5:1 max_pool_3x3:0 skip_connect:2 avg_pool_3x3:1 "
                            "dil_conv_3x3:3 sep_conv_5x5:0 skip_connect:1 reduce max_pool_3x3:0 avg_pool_3x3:1 "
                            "skip_connect:0 sep_conv_3x3:2 dil_conv_3x3:1 max_pool_3x3:2 skip_connect:1 sep_conv_5x5:0",
                            16, 4},
                    Setting{"resnet:stem=5", "d1w21-d2w34-d1w21", 13, 5},
                    Setting{"resnext-a", "d2w32g4r4-d1w16g2r4-d1w64g4r2", 8, 4},
                    Setting{"randwired:nodes=8,channels=8,features=32", "ws(k=4,p=0.75,seed=3)", 32, 4}));

/// Graphs of all ops, with weights of every kind away from where they start.
TEST(PlannedNetwork, ComputesRandomGraphs) {
  leave_out_unsound_convolutions();
  Stream random(11);
  std::vector<double> distances;
  for (std::uint64_t i = 0; distances.size() < 25 && i < 400; ++i) {
    const Graph graph = random_graph(random, false);
    const Shape shape = graph.node(0).shape;
    const std::int64_t count = 2 + static_cast<std::int64_t>(i % 3);
    const bool lone = std::ranges::any_of(graph.nodes(), [](const Node& node) {
      return std::holds_alternative<op::BatchNorm>(node.op) && node.shape.height * node.shape.width == 1;
    });
    if (!has_planned_network(graph) || lone) continue;
    torch::manual_seed(i);
    const torch::Tensor images = torch::randn({count, shape.channels, shape.height, shape.width});
    ParameterStore store;
    store.add(graph, i, torch::kFloat);
    {
      const torch::NoGradGuard no_grad;
      for (auto& [name, tensor] : store.parameters) tensor.add_(0.3 * torch::randn(tensor.sizes()));
    }
    const auto gradients = [&](Network& network) {
      const torch::Tensor logits = network.forward(images, Mode::train);
      torch::manual_seed(1);
      (logits * torch::randn(logits.sizes())).sum().backward();
      Tensors all;
      for (auto& [name, tensor] : store.parameters) {
        if (tensor.grad().defined()) all[name] = tensor.grad().clone();
        tensor.mutable_grad().reset();
      }
      return all;
    };
    const auto reference = make_reference_network(graph, store);
    const auto planned = make_planned_network(graph, store, torch::kFloat, host_kernels);
    distances.push_back(distance(gradients(*planned), gradients(*reference)));
    const torch::NoGradGuard no_grad;
    const torch::Tensor exact = reference->forward(images, Mode::evaluate);
    EXPECT_LT((planned->forward(images, Mode::evaluate) - exact).abs().max().item<double>(),
              1e-3 * (1 + exact.abs().max().item<double>()))
        << to_text(graph);
  }
  EXPECT_EQ(distances.size(), 25U);
  // the largest of two equals, or a ReLU at zero, goes one way or the other by luck
  EXPECT_LE(std::ranges::count_if(distances, [](double d) { return d > 1e-3; }), 1);
}

/// In bfloat16, against the fast path of the CPU, which keeps the same values in it.
TEST(PlannedNetwork, RoundsAsTheFastPathDoes) {
  const auto space = make_space("nb201:channels=8,cells=1");
  const Graph graph = space->lower({kSpeedPanel[0]}, {.input = {3, 16, 16}, .classes = 10});
  const Images batch(1, 8, 16);
  const Outcome exact = by_libtorch(graph, batch, torch::kCPU, torch::kDouble);
  ParameterStore fast_store = store_of(graph, torch::kFloat);
  const Outcome fast = step(*make_fast_network(graph, fast_store, {.precision = cpu::Precision::bf16}), fast_store,
                            batch.images, batch.labels);
  const Outcome ours = by_plan(graph, batch, {.type = torch::kBFloat16});
  EXPECT_NEAR(ours.loss, exact.loss, 0.05);
  EXPECT_LE(distance(ours.gradients, exact.gradients), 2 * distance(fast.gradients, exact.gradients));
  EXPECT_LE(distance(ours.evaluated, exact.evaluated), 2 * distance(fast.evaluated, exact.evaluated) + 1e-3);
}

}  // namespace
}  // namespace tse
