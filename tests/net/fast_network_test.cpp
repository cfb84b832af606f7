#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tse/base/error.h"
#include "tse/net/network.h"
#include "tse/space/space.h"
#include "tse/space/speed_panel.h"

namespace tse {
namespace {

/// The panel on which speed is measured, small, and what else may go wrong: dead and zero edges.
std::vector<std::string> cells() {
  std::vector<std::string> list(kSpeedPanel.begin(), kSpeedPanel.end());
  list.emplace_back("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|");
  list.emplace_back("|nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|none~0|none~1|avg_pool_3x3~2|");
  return list;
}

struct Setting {
  std::string space;
  std::string arch;
  int size = 16;
  int images = 8;

  friend void PrintTo(const Setting& s, std::ostream* out) {
    *out << s.space << ' ' << s.arch << ", " << s.images << " images of " << s.size;
  }
};

std::vector<Setting> settings() {
  std::vector<Setting> all;
  for (const std::string& cell : cells()) all.push_back({.space = "nb201:channels=8,cells=1", .arch = cell});
  const auto space = make_space("nb201");
  for (const Arch& arch : sample_unique(*space, 20, 5)) {
    all.push_back({.space = "nb201:channels=4,cells=2", .arch = arch.text});
  }
  all.push_back({.space = "nb201:channels=5,cells=1", .arch = kSpeedPanel[1], .size = 12, .images = 3});
  all.push_back({.space = "nb201:channels=16,cells=1", .arch = kSpeedPanel[7], .size = 8, .images = 1});
  return all;
}

/// One step of a network of the given type: its loss and all gradients in float64, by parameter.
struct Outcome {
  double loss = 0;
  std::map<std::string, torch::Tensor> gradients;
  std::map<std::string, torch::Tensor> buffers;
  torch::Tensor evaluated;
};

class FastNetworkTest : public testing::TestWithParam<Setting> {
 protected:
  FastNetworkTest() {
    const auto space = make_space(GetParam().space);
    const Shape shape{.channels = 3, .height = GetParam().size, .width = GetParam().size};
    graph_ = space->lower(space->parse(GetParam().arch), {.input = shape, .classes = 10});
    draw(1);
  }

  /// Images and labels.
  void draw(std::uint64_t seed) {
    const Setting& setting = GetParam();
    torch::manual_seed(seed);
    images_ = torch::randn({setting.images, 3, setting.size, setting.size});
    labels_ = torch::randint(10, {setting.images});
  }

  ParameterStore store(torch::ScalarType type) const {
    ParameterStore store;
    store.add(graph_, 3, type);
    return store;
  }

  Outcome step(Network& network, ParameterStore& store, torch::ScalarType type) const {
    Outcome outcome;
    outcome.loss = network.loss_and_gradients(images_.to(type), labels_);
    for (auto& [name, parameter] : store.parameters) {
      if (parameter.grad().defined()) outcome.gradients[name] = parameter.grad().to(torch::kDouble);
    }
    for (auto& [name, buffer] : store.buffers) outcome.buffers[name] = buffer.to(torch::kDouble);
    const torch::NoGradGuard no_grad;
    outcome.evaluated = network.forward(images_.to(type), Mode::evaluate).to(torch::kDouble);
    return outcome;
  }

  Outcome reference(torch::ScalarType type) const {
    ParameterStore weights = store(type);
    return step(*make_reference_network(graph_, weights), weights, type);
  }

  Outcome fast(const FastOptions& options = {}) const {
    ParameterStore weights = store(torch::kFloat);
    return step(*make_fast_network(graph_, weights, options), weights, torch::kFloat);
  }

  /// Relative distance of all gradients together.
  static double distance(const Outcome& a, const Outcome& exact) {
    double difference = 0;
    double size = 0;
    for (const auto& [name, gradient] : exact.gradients) {
      EXPECT_TRUE(a.gradients.contains(name)) << name;
      difference += (a.gradients.at(name) - gradient).square().sum().item<double>();
      size += gradient.square().sum().item<double>();
    }
    return std::sqrt(difference / size);
  }

  Graph graph_;
  torch::Tensor images_, labels_;
};

// A ReLU whose input is zero but for rounding goes one way or the other by luck, and a gradient changes by percents
// with it, on either path: in float64, too, it jumps by the same 2 % when the images change by a millionth. It happens
// to a few draws of a hundred, so the middle one of three is without.
TEST_P(FastNetworkTest, IsAsNearToFloat64AsTheReferencePath) {
  std::array<double, 3> losses{}, plain_losses{}, gradients{}, plain_gradients{};
  Outcome exact, ours;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    draw(i + 1);
    exact = reference(torch::kDouble);
    const Outcome plain = reference(torch::kFloat);
    ours = fast();
    EXPECT_EQ(ours.gradients.size(), exact.gradients.size());
    losses[i] = std::abs(ours.loss - exact.loss);
    plain_losses[i] = std::abs(plain.loss - exact.loss);
    gradients[i] = distance(ours, exact);
    plain_gradients[i] = distance(plain, exact);
  }
  for (auto* list : {&losses, &plain_losses, &gradients, &plain_gradients}) std::ranges::sort(*list);
  // twice the reference's own error, and no less than a few roundings, since that may be zero by luck
  EXPECT_LE(losses[1], 2 * plain_losses[1] + 1e-6);
  EXPECT_LE(gradients[1], 2 * plain_gradients[1] + 1e-6);
  for (const auto& [name, buffer] : exact.buffers) {
    const double scale = 1 + buffer.abs().max().item<double>();
    EXPECT_LT((ours.buffers.at(name) - buffer).abs().max().item<double>(), 1e-5 * scale) << name;
  }
  const double scale = exact.evaluated.abs().max().item<double>();
  EXPECT_LT((ours.evaluated - exact.evaluated).abs().max().item<double>(), 1e-4 * scale);
}

TEST_P(FastNetworkTest, IsTheSameForAnyNumberOfThreadsToRounding) {
  const Outcome one = fast();
  const Outcome three = fast({.threads = 3});
  EXPECT_NEAR(three.loss, one.loss, 1e-6);
  EXPECT_LT(distance(three, one), 1e-5);
  const Outcome again = fast({.threads = 3});
  EXPECT_EQ(again.loss, three.loss);
  EXPECT_EQ(distance(again, three), 0);
}

TEST_P(FastNetworkTest, InBf16IsAsNearToFloat64AsLibtorchsBf16) {
  const Outcome exact = reference(torch::kDouble);
  const Outcome plain = reference(torch::kBFloat16);
  const Outcome ours = fast({.precision = cpu::Precision::bf16});
  EXPECT_LE(std::abs(ours.loss - exact.loss), 2 * std::abs(plain.loss - exact.loss) + 0.02);
  EXPECT_LE(distance(ours, exact), 2 * distance(plain, exact));
}

INSTANTIATE_TEST_SUITE_P(Settings, FastNetworkTest, testing::ValuesIn(settings()));

class OneCell : public testing::Test {
 protected:
  OneCell() {
    const auto space = make_space("nb201:channels=8,cells=1");
    graph_ =
        space->lower(space->parse(kSpeedPanel[5]), {.input = {.channels = 3, .height = 8, .width = 8}, .classes = 10});
    store_.add(graph_, 3, torch::kFloat);
  }
  torch::Tensor images(int count) const { return torch::randn({count, 3, 8, 8}); }

  Graph graph_;
  ParameterStore store_;
};

TEST_F(OneCell, IsOneNodeOfAutogradsGraph) {
  const auto network = make_fast_network(graph_, store_, {});
  const torch::Tensor x = images(6);
  const torch::Tensor labels = torch::arange(6);
  network->loss_and_gradients(x, labels);
  std::map<std::string, torch::Tensor> direct;
  for (auto& [name, parameter] : store_.parameters) {
    direct[name] = parameter.grad().clone();
    parameter.mutable_grad().reset();
  }
  torch::nn::functional::cross_entropy(network->forward(x, Mode::train), labels).backward();
  for (auto& [name, parameter] : store_.parameters) {
    EXPECT_LT((parameter.grad() - direct.at(name)).abs().max().item<double>(), 1e-6) << name;
  }
}

TEST_F(OneCell, DifferentiatesOnlyTheNewestResult) {
  const auto network = make_fast_network(graph_, store_, {});
  const torch::Tensor old = network->forward(images(4), Mode::train).sum();
  network->forward(images(4), Mode::train);
  EXPECT_THROW(old.backward(), UsageError);
}

TEST_F(OneCell, TakesBatchesOfAnySize) {
  const auto network = make_fast_network(graph_, store_, {});
  ParameterStore other;
  other.add(graph_, 3, torch::kFloat);
  const auto reference = make_reference_network(graph_, other);
  for (const int count : {5, 130, 1, 64}) {
    const torch::Tensor x = images(count);
    const torch::NoGradGuard no_grad;
    EXPECT_LT((network->forward(x, Mode::train) - reference->forward(x, Mode::train)).abs().max().item<double>(), 1e-3)
        << count;
  }
}

TEST_F(OneCell, GivesTheSameBitsWhateverBatchItSawFirst) {
  const torch::Tensor x = images(24);
  const torch::Tensor labels = torch::arange(24).remainder(10);
  const double fresh = make_fast_network(graph_, store_, {})->loss_and_gradients(x, labels);
  const torch::Tensor gradient = store_.parameters.at("stem.conv.weight").grad().clone();
  const auto network = make_fast_network(graph_, store_, {});
  network->loss_and_gradients(images(300), torch::zeros(300, torch::kLong));
  EXPECT_EQ(network->loss_and_gradients(x, labels), fresh);
  EXPECT_TRUE(torch::equal(store_.parameters.at("stem.conv.weight").grad(), gradient));
}

TEST_F(OneCell, SaysThatALossIsNotFinite) {
  const auto network = make_fast_network(graph_, store_, {});
  {
    const torch::NoGradGuard no_grad;
    store_.parameters.at("stem.conv.weight").fill_(std::nanf(""));
  }
  EXPECT_TRUE(std::isnan(network->loss_and_gradients(images(4), torch::arange(4))));
  EXPECT_FALSE(store_.parameters.at("stem.conv.weight").grad().defined());
}

}  // namespace
}  // namespace tse
