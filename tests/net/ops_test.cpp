#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "tse/base/error.h"
#include "tse/base/json.h"
#include "tse/net/device.h"
#include "tse/net/network.h"

namespace tse {
namespace {

using Coefficients = op::Sum::Coefficients;

/// A small network around one op.
struct OpCase {
  std::string name;  // as in expected_ops.py
  Shape input;
  std::function<void(Graph&)> build;

  Graph graph() const {
    Graph graph;
    graph.add_input(input);
    build(graph);
    return graph;
  }
  friend void PrintTo(const OpCase& c, std::ostream* out) { *out << c.name; }
};

Shape chw(int channels, int height, int width) { return {.channels = channels, .height = height, .width = width}; }

/// A sum of the input, its ReLU and its max pool.
void add_sum(Graph& g, const op::Sum& sum) {
  const NodeId relu = g.add("relu", op::Relu{}, {0});
  const NodeId pool = g.add("pool", op::MaxPool{}, {0});
  g.add("sum", sum, {0, relu, pool});
}

/// The cases of expected_ops.py.
std::vector<OpCase> cases_of_pytorch() {
  return {
      {"grouped_conv", chw(6, 9, 8),
       [](Graph& g) {
         g.add("conv",
               op::Conv2d{.out = 9, .kernel = 3, .stride = 2, .padding = 2, .dilation = 2, .groups = 3, .bias = true},
               {0});
       }},
      {"separable_conv", chw(5, 7, 5),
       [](Graph& g) {
         const NodeId relu = g.add("relu", op::Relu{}, {0});
         const NodeId depthwise =
             g.add("depthwise", op::Conv2d{.out = 5, .kernel = 5, .stride = 2, .padding = 2, .groups = 5}, {relu});
         g.add("bn", op::BatchNorm{}, {g.add("pointwise", op::Conv2d{.out = 5}, {depthwise})});
       }},
      {"factorised_reduce", chw(4, 6, 8),
       [](Graph& g) {
         const NodeId relu = g.add("relu", op::Relu{}, {0});
         const NodeId even = g.add("even", op::Conv2d{.out = 3, .stride = 2}, {relu});
         const NodeId shift = g.add("shift", op::Shift{}, {relu});
         const NodeId odd = g.add("odd", op::Conv2d{.out = 3, .stride = 2}, {shift});
         g.add("bn", op::BatchNorm{}, {g.add("both", op::Concat{}, {even, odd})});
       }},
      {"max_pool", chw(3, 7, 5), [](Graph& g) { g.add("pool", op::MaxPool{.stride = 2}, {0}); }},
      {"avg_pool", chw(3, 7, 5), [](Graph& g) { g.add("pool", op::AvgPool{.stride = 2}, {0}); }},
      {"norm_without_scale", chw(3, 4, 5), [](Graph& g) { g.add("bn", op::BatchNorm{.affine = false}, {0}); }},
      {"norm_of_the_batch", chw(3, 4, 5), [](Graph& g) { g.add("bn", op::BatchNorm{.track = false}, {0}); }},
      {"norm_of_the_batch_without_scale", chw(3, 4, 5),
       [](Graph& g) { g.add("bn", op::BatchNorm{.affine = false, .track = false}, {0}); }},
      {"partial_channels", chw(8, 3, 4),
       [](Graph& g) {
         const NodeId part = g.add("part", op::Slice{.first = 0, .count = 2}, {0});
         const NodeId rest = g.add("rest", op::Slice{.first = 2, .count = 6}, {0});
         const NodeId conv = g.add("conv", op::Conv2d{.out = 2}, {part});
         g.add("shuffle", op::Shuffle{.groups = 4}, {g.add("both", op::Concat{}, {conv, rest})});
       }},
      {"shifts", chw(2, 5, 4),
       [](Graph& g) {
         const NodeId up = g.add("up", op::Shift{.by = 2}, {0});
         const NodeId down = g.add("down", op::Shift{.by = -1}, {0});
         g.add("both", op::Concat{}, {up, down});
       }},
      {"constant_sum", chw(2, 4, 3),
       [](Graph& g) { add_sum(g, {.coefficients = Coefficients::constant, .constants = {0.5, -2, 0.25}}); }},
      {"learned_sum", chw(2, 4, 3), [](Graph& g) { add_sum(g, {.coefficients = Coefficients::positive}); }},
      {"searched_sum", chw(2, 4, 3),
       [](Graph& g) { add_sum(g, {.coefficients = Coefficients::architecture, .architecture = "alpha"}); }},
      {"head", chw(5, 3, 4),
       [](Graph& g) { g.add("linear", op::Linear{.out = 4}, {g.add("pool", op::GlobalAvgPool{}, {0})}); }},
  };
}

std::vector<OpCase> all_cases() {
  std::vector<OpCase> all = cases_of_pytorch();
  all.push_back({"drop_path", chw(2, 3, 4), [](Graph& g) { g.add("drop", op::DropPath{.rate = 0.5}, {0}); }});
  all.push_back({"dropout", chw(2, 3, 4), [](Graph& g) { g.add("drop", op::Dropout{.rate = 0.5}, {0}); }});
  all.push_back({"zero_in_a_learned_sum", chw(2, 3, 4), [](Graph& g) {
                   const NodeId zero = g.add("zero", op::Zero{}, {0});
                   const NodeId same = g.add("same", op::Identity{}, {0});
                   g.add("sum", op::Sum{.coefficients = Coefficients::positive}, {zero, same});
                 }});
  return all;
}

/// The script's formula_weights.
void set_formula_weights(ParameterStore& store) {
  const torch::NoGradGuard no_grad;
  int k = 0;
  for (auto& [name, parameter] : store.parameters) {
    const torch::Tensor i = torch::arange(parameter.numel(), torch::kLong);
    const torch::Tensor wave = ((31 * i + 17) * i + 7919 * k++).remainder(65521).to(torch::kDouble) / 32760 - 1;
    parameter.copy_(wave.reshape(parameter.sizes()));
  }
}

torch::Tensor formula_images(int images, const Shape& shape) {
  const torch::Tensor i = torch::arange(images * shape.elements(), torch::kDouble);
  return (torch::sin(0.37 * i) + 0.5 * torch::cos(0.011 * i))
      .reshape({images, shape.channels, shape.height, shape.width});
}

double largest_difference(const torch::Tensor& a, const Json& expected) {
  const torch::Tensor b = torch::tensor(expected.get<std::vector<double>>(), torch::kDouble);
  EXPECT_EQ(a.numel(), b.numel());
  return (a.detach().flatten() - b).abs().max().item<double>();
}

const torch::Tensor& architecture_logits() {
  static const torch::Tensor logits = torch::tensor({0.1, -0.4, 0.7}, torch::kDouble).requires_grad_();
  return logits;
}

ParameterStore store_of(const Graph& graph) {
  ParameterStore store;
  store.add(graph, 1, torch::kDouble);
  set_formula_weights(store);
  store.architecture["alpha"] = torch::softmax(architecture_logits(), 0);
  return store;
}

Json expected() {
  std::ifstream file(TSE_SOURCE "/tests/net/expected_ops.json");
  return Json::parse(file).at("cases");
}

class OpsOfPyTorch : public testing::TestWithParam<OpCase> {};

TEST_P(OpsOfPyTorch, HaveTheValuesOfItsScript) {
  const Json json = expected().at(GetParam().name);
  const Graph graph = GetParam().graph();
  ParameterStore store = store_of(graph);
  const auto network = make_reference_network(graph, store);
  const torch::Tensor images = formula_images(2, GetParam().input);
  EXPECT_LT(largest_difference(network->forward(images, Mode::train), json.at("trained")), 1e-12);
  EXPECT_LT(largest_difference(network->forward(images, Mode::evaluate), json.at("evaluated")), 1e-12);
  EXPECT_EQ(store.buffers.size(), json.at("buffers").size());
  for (const auto& [name, buffer] : store.buffers) {
    EXPECT_LT(largest_difference(buffer, json.at("buffers").at(name)), 1e-12) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, OpsOfPyTorch, testing::ValuesIn(cases_of_pytorch()));

TEST(OpsOfPyTorch, AreAllThatTheScriptHas) { EXPECT_EQ(cases_of_pytorch().size(), expected().size()); }

class Gradients : public testing::TestWithParam<OpCase> {};

TEST_P(Gradients, AreDifferenceQuotients) {
  constexpr double kStep = 1e-6;
  for (const int images : {1, 3}) {
    const Graph graph = GetParam().graph();
    ParameterStore store = store_of(graph);
    const auto network = make_reference_network(graph, store);
    network->begin_step(2);
    torch::manual_seed(3);
    torch::Tensor x = torch::randn({images, GetParam().input.channels, GetParam().input.height, GetParam().input.width},
                                   torch::kDouble);
    x.requires_grad_();
    const torch::Tensor direction = torch::randn({images, graph.output().shape.elements()}, torch::kDouble);
    const auto value = [&] {
      store.architecture["alpha"] = torch::softmax(architecture_logits(), 0);
      return (network->forward(x, Mode::train) * direction).sum();
    };
    std::map<std::string, torch::Tensor> leaves = store.parameters;
    leaves["images"] = x;
    if (GetParam().name == "searched_sum") leaves["alpha"] = architecture_logits();
    for (auto& [name, leaf] : leaves) leaf.mutable_grad().reset();
    value().backward();
    const torch::NoGradGuard no_grad;
    for (auto& [name, leaf] : leaves) {
      ASSERT_TRUE(leaf.grad().defined()) << name;
      for (std::int64_t i = 0; i < leaf.numel(); ++i) {
        // in the order of the dimensions, whatever the order in memory
        torch::Tensor place = leaf;
        torch::Tensor gradient = leaf.grad();
        std::int64_t rest = i;
        for (std::int64_t d = leaf.dim() - 1; d >= 0; --d) {
          const std::int64_t at = rest % leaf.size(d);
          rest /= leaf.size(d);
          place = place.select(d, at);
          gradient = gradient.select(d, at);
        }
        const auto before = place.item<double>();
        place.fill_(before + kStep);
        const auto above = value().item<double>();
        place.fill_(before - kStep);
        const auto below = value().item<double>();
        place.fill_(before);
        const double quotient = (above - below) / (2 * kStep);
        ASSERT_NEAR(gradient.item<double>(), quotient, 1e-6 * (1 + std::abs(quotient)))
            << name << ' ' << i << ", " << images << " images";
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Gradients, testing::ValuesIn(all_cases()));

/// Logits of a training pass and all gradients of one network on a device, in float64.
std::map<std::string, torch::Tensor> numbers_on(const torch::Device& device, const OpCase& op) {
  const Graph graph = op.graph();
  ParameterStore store = store_of(graph);
  for (auto& [name, parameter] : store.parameters) parameter = parameter.detach().to(device).requires_grad_();
  for (auto& [name, buffer] : store.buffers) buffer = buffer.to(device);
  for (auto& [name, weights] : store.architecture) weights = weights.detach().to(device);
  const auto network = make_reference_network(graph, store);
  network->begin_step(2);
  const torch::Tensor images = formula_images(3, op.input).to(device).requires_grad_();
  const torch::Tensor logits = network->forward(images, Mode::train);
  const torch::Tensor direction = torch::arange(logits.numel(), torch::kDouble).cos().reshape(logits.sizes());
  (logits * direction.to(device)).sum().backward();
  std::map<std::string, torch::Tensor> numbers = {{"logits", logits.detach()}, {"images", images.grad()}};
  for (const auto& [name, parameter] : store.parameters) numbers[name] = parameter.grad();
  for (const auto& [name, buffer] : store.buffers) numbers[name] = buffer;
  for (auto& [name, tensor] : numbers) tensor = tensor.to(torch::kCPU);
  return numbers;
}

TEST(OnAGpu, OpsHaveTheNumbersOfTheCpu) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "libtorch finds no GPU";
  for (const OpCase& op : all_cases()) {
    const auto exact = numbers_on(torch::kCPU, op);
    for (const auto& [name, tensor] : numbers_on(find_device("cuda"), op)) {
      EXPECT_TRUE(torch::allclose(tensor, exact.at(name), 1e-9, 1e-9)) << op.name << ' ' << name;
    }
  }
}

TEST(Architecture, IsMissedByName) {
  Graph graph;
  graph.add_input(chw(2, 3, 3));
  add_sum(graph, {.coefficients = Coefficients::architecture, .architecture = "alpha"});
  ParameterStore store;
  store.add(graph, 1, torch::kFloat);
  EXPECT_TRUE(store.architecture.empty());
  const auto network = make_reference_network(graph, store);
  const auto message = [&] {
    try {
      network->forward(torch::zeros({1, 2, 3, 3}), Mode::train);
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message(), "[architecture weights alpha] expected the store to have what sum needs");
  store.architecture["alpha"] = torch::ones({2, 2});
  EXPECT_EQ(message(), "[architecture weights alpha] expected (3), one per input of sum; got (2,2)");
  store.architecture["alpha"] = torch::ones(3);
  EXPECT_EQ(message(), "no error");
}

TEST(ParameterStoreOfOps, HoldsAsManyWeightsAsTheGraphCounts) {
  for (const OpCase& c : all_cases()) {
    const Graph graph = c.graph();
    const ParameterStore store = store_of(graph);
    std::int64_t count = 0;
    for (const torch::Tensor& parameter : store.trainable()) count += parameter.numel();
    EXPECT_EQ(count, parameters(graph)) << c.name;
  }
}

TEST(ParameterStoreOfOps, StartsAsNamed) {
  Graph graph;
  graph.add_input(chw(64, 8, 8));
  const NodeId conv = graph.add("conv", op::Conv2d{.out = 128, .kernel = 3, .groups = 16, .bias = true}, {0});
  graph.add("sum", op::Sum{.coefficients = Coefficients::positive}, {conv, conv});
  ParameterStore store;
  store.add(graph, 5, torch::kDouble);
  const double bound = 1 / std::sqrt(4 * 9.0);  // PyTorch's Conv2d: k = groups/(C*kernel*kernel), U(-sqrt(k), sqrt(k))
  for (const char* name : {"conv.weight", "conv.bias"}) {
    const torch::Tensor values = store.parameters.at(name).detach();
    EXPECT_LE(values.abs().max().item<double>(), bound) << name;
    EXPECT_GT(values.abs().max().item<double>(), 0.9 * bound) << name;
  }
  EXPECT_TRUE(torch::equal(store.parameters.at("sum.weight").detach(), torch::ones(2, torch::kDouble)));
}

}  // namespace
}  // namespace tse
