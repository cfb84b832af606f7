// Training steps in parts against the same by hand: autograd on slices of the batch.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "tse/base/error.h"
#include "tse/net/network.h"
#include "tse/space/space.h"
#include "tse/space/speed_panel.h"

namespace tse {
namespace {

constexpr int kImages = 11;

struct Step {
  ParameterStore store;
  double loss = 0;

  std::map<std::string, torch::Tensor> gradients() const {
    std::map<std::string, torch::Tensor> all;
    for (const auto& [name, parameter] : store.parameters) all[name] = parameter.grad();
    return all;
  }
};

class InParts : public testing::Test {
 protected:
  InParts() {
    const auto space = make_space("nb201:channels=4,cells=1");
    graph_ =
        space->lower(space->parse(kSpeedPanel[1]), {.input = {.channels = 3, .height = 8, .width = 8}, .classes = 5});
    torch::manual_seed(4);
    images_ = torch::randn({kImages, 3, 8, 8}, torch::kDouble);
    labels_ = torch::randint(5, {kImages});
  }

  Step fresh(torch::ScalarType type) const {
    Step step;
    step.store.add(graph_, 3, type);
    return step;
  }

  Graph graph_;
  torch::Tensor images_;
  torch::Tensor labels_;
};

TEST_F(InParts, AddsUpTheGradientsOfTheParts) {
  for (const int most : {4, 5, 6, 10, 11, 50}) {
    const int parts = (kImages + most - 1) / most;
    Step by_hand = fresh(torch::kDouble);
    const auto plain = make_reference_network(graph_, by_hand.store);
    for (int part = 0; part < parts; ++part) {
      const int first = kImages * part / parts;
      const int end = kImages * (part + 1) / parts;
      ASSERT_LE(end - first, most);
      const torch::Tensor loss = torch::nn::functional::cross_entropy(
          plain->forward(images_.slice(0, first, end), Mode::train), labels_.slice(0, first, end),
          torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum));
      (loss / kImages).backward();
      by_hand.loss += loss.item<double>() / kImages;
    }
    for (const bool fast : {false, true}) {
      Step step = fresh(fast ? torch::kFloat : torch::kDouble);
      const auto network = make_network_in_parts(
          fast ? make_fast_network(graph_, step.store, {}) : make_reference_network(graph_, step.store), step.store,
          most);
      step.loss = network->loss_and_gradients(images_.to(fast ? torch::kFloat : torch::kDouble), labels_);
      const double tolerance = fast ? 1e-5 : 1e-12;
      EXPECT_NEAR(step.loss, by_hand.loss, tolerance) << most;
      for (const auto& [name, expected] : by_hand.gradients()) {
        const torch::Tensor& gradient = step.store.parameters.at(name).grad();
        ASSERT_TRUE(gradient.defined()) << name;
        const double norm = expected.norm().item<double>();
        EXPECT_LE((gradient.to(torch::kDouble) - expected).norm().item<double>(), tolerance * std::max(norm, 1e-2))
            << name << ", parts of " << most;
      }
      for (const auto& [name, expected] : by_hand.store.buffers) {
        EXPECT_TRUE(torch::allclose(step.store.buffers.at(name).to(torch::kDouble), expected, 1e-5, 1e-6)) << name;
      }
    }
  }
}

/// The numbers of a search, which all weights of its mixture depend on, get the gradients of all parts.
TEST_F(InParts, ReachWhatTheArchitectureWeightsComeFrom) {
  constexpr int kMost = 4;
  const auto space = make_space("nb201:channels=4,cells=1");
  const Graph mixed = space->mixed({.input = {.channels = 3, .height = 8, .width = 8}, .classes = 5}, Norms::running);
  const auto places = space->choices()->places();
  const auto fresh_numbers = [&] {
    return torch::linspace(-0.5, 0.7, static_cast<std::int64_t>(places.size()) * 5, torch::kDouble)
        .reshape({-1, 5})
        .requires_grad_();
  };
  const auto give = [&](ParameterStore& store, const torch::Tensor& numbers, torch::ScalarType type) {
    const torch::Tensor shares = torch::softmax(numbers, 1).to(type);
    for (std::size_t i = 0; i < places.size(); ++i)
      store.architecture[places[i].name] = shares[static_cast<std::int64_t>(i)];
  };
  const torch::Tensor by_hand = fresh_numbers();
  ParameterStore plain;
  plain.add(mixed, 3, torch::kDouble);
  const auto network = make_reference_network(mixed, plain);
  const int parts = (kImages + kMost - 1) / kMost;
  for (int part = 0; part < parts; ++part) {
    const int first = kImages * part / parts;
    const int end = kImages * (part + 1) / parts;
    give(plain, by_hand, torch::kDouble);
    (torch::nn::functional::cross_entropy(network->forward(images_.slice(0, first, end), Mode::train),
                                          labels_.slice(0, first, end),
                                          torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum)) /
     kImages)
        .backward();
  }
  ASSERT_GT(by_hand.grad().norm().item<double>(), 1e-3);
  for (const bool fast : {false, true}) {
    const torch::ScalarType type = fast ? torch::kFloat : torch::kDouble;
    const torch::Tensor numbers = fresh_numbers();
    ParameterStore store;
    store.add(mixed, 3, type);
    give(store, numbers, type);
    const torch::Tensor given = store.architecture.begin()->second;
    make_network_in_parts(fast ? make_fast_network(mixed, store, {}) : make_reference_network(mixed, store), store,
                          kMost)
        ->loss_and_gradients(images_.to(type), labels_);
    EXPECT_LT((numbers.grad() - by_hand.grad()).norm().item<double>(),
              (fast ? 1e-4 : 1e-12) * by_hand.grad().norm().item<double>());
    EXPECT_TRUE(store.architecture.begin()->second.is_same(given));  // as it was before
  }
}

TEST_F(InParts, OfWhichOneIsTheWholeStep) {
  Step whole = fresh(torch::kFloat);
  whole.loss = make_fast_network(graph_, whole.store, {})->loss_and_gradients(images_.to(torch::kFloat), labels_);
  Step one = fresh(torch::kFloat);
  one.loss = make_network_in_parts(make_fast_network(graph_, one.store, {}), one.store, kImages)
                 ->loss_and_gradients(images_.to(torch::kFloat), labels_);
  EXPECT_EQ(one.loss, whole.loss);
  const auto gradients = one.gradients();
  for (const auto& [name, expected] : whole.gradients())
    EXPECT_TRUE(torch::equal(gradients.at(name), expected)) << name;
}

TEST_F(InParts, LeavesNoGradientWhereTheLossIsNotFinite) {
  Step step = fresh(torch::kFloat);
  torch::Tensor images = images_.to(torch::kFloat).clone();
  images[kImages - 1].fill_(INFINITY);
  const auto network = make_network_in_parts(make_fast_network(graph_, step.store, {}), step.store, 6);
  EXPECT_FALSE(std::isfinite(network->loss_and_gradients(images, labels_)));
  for (const auto& [name, gradient] : step.gradients()) EXPECT_FALSE(gradient.defined()) << name;
}

TEST_F(InParts, AreOfAnImageAtLeast) {
  Step step = fresh(torch::kFloat);
  EXPECT_THROW(make_network_in_parts(make_fast_network(graph_, step.store, {}), step.store, 0), UsageError);
}

}  // namespace
}  // namespace tse
