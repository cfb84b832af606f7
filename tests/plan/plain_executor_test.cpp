// A plan means what its executors make of it. Here one that knows no device finds by a plan's backward passes what its
// forward passes say that they must find; tests/cpu holds the kernels of a CPU against it.
#include "plan/plain_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <utility>

#include "plan/plain_network.h"
#include "support/random_graph.h"
#include "tse/space/passes.h"

namespace tse::plan {
namespace {

/// One step of training with the loss sum(weights*logits).
struct TrainingStep {
  TrainingStep(const Graph& graph, int number, Order order = Order::steps)
      : batch(2 + number % 2), random(static_cast<std::uint64_t>(number)), network(random_network(graph, random)) {
    executor = std::make_unique<PlainExecutor>(make_plan(graph, {}), batch, order);
    const auto images = static_cast<std::size_t>(batch);
    inputs = random_plain(images * static_cast<std::size_t>(graph.node(0).shape.elements()), -1, 1, random);
    weights = random_plain(images * static_cast<std::size_t>(graph.output().shape.elements()), -1, 1, random);
    drops.seed = static_cast<std::uint64_t>(number);
  }

  double loss(const PlainTensors& parameters) {
    PlainTensors buffers = network.buffers;
    const std::vector<double> logits = executor->forward(inputs, parameters, buffers, drops);
    double sum = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) sum += weights[i] * logits[i];
    return sum;
  }
  PlainTensors gradients() {
    loss(network.parameters);
    return executor->backward(weights);
  }

  int batch;
  Stream random;
  PlainNetwork network;
  std::unique_ptr<PlainExecutor> executor;
  std::vector<double> inputs, weights;
  PlainDrops drops;
};

/// (value + h*direction) for each parameter.
PlainTensors moved(PlainTensors parameters, const PlainTensors& direction, double h) {
  for (auto& [name, values] : parameters) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += h * direction.at(name)[i];
  }
  return parameters;
}

double product(const PlainTensors& gradients, const PlainTensors& direction) {
  double sum = 0;
  for (const auto& [name, values] : gradients) {
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[i] * direction.at(name)[i];
  }
  return sum;
}

class PlainExecution : public testing::TestWithParam<bool> {
 protected:
  /// Calls `check(graph, number)` for random graphs that can be planned.
  template <class Check>
  void each(int count, const Check& check) const {
    Stream random(17);
    int planned = 0;
    for (int i = 0; i < count; ++i) {
      const Graph graph = simplified(random_graph(random, GetParam()));
      if (!can_plan(graph)) continue;
      ++planned;
      check(graph, i);
      if (HasFailure()) FAIL() << "graph " << i << '\n' << to_text(graph);
    }
    EXPECT_GE(planned, count / 2);
  }
};

TEST_P(PlainExecution, GradientsAreTheDifferencesOfTheForwardPasses) {
  int checked = 0;
  int far = 0;
  each(600, [&](const Graph& graph, int number) {
    TrainingStep step(graph, number);
    const PlainTensors gradients = step.gradients();
    PlainTensors direction = step.network.parameters;
    for (auto& [name, values] : direction) values = random_plain(values.size(), -1, 1, step.random);
    constexpr double kStep = 1e-6;
    const double above = step.loss(moved(step.network.parameters, direction, kStep));
    const double below = step.loss(moved(step.network.parameters, direction, -kStep));
    const double expected = (above - below) / (2 * kStep);
    ASSERT_TRUE(std::isfinite(expected));
    ++checked;
    if (std::abs(product(gradients, direction) - expected) > 1e-5 * (1 + std::abs(expected))) ++far;
  });
  // a ReLU whose input is zero but for rounding, or the largest of two equals, has no one gradient
  EXPECT_LE(far, checked / 100);
}

TEST_P(PlainExecution, GradientsAreOfAllThatLearnsAndNothingElse) {
  each(300, [&](const Graph& graph, int number) {
    TrainingStep step(graph, number);
    std::vector<std::string> names;
    for (const auto& [name, values] : step.gradients()) names.push_back(name);
    const std::vector<std::string> expected = learned(step.executor->plan());
    EXPECT_THAT(names, testing::UnorderedElementsAreArray(expected));
  });
}

/// The same pass with its steps in another order in which each value is still written before it is read.
void shuffle(Pass& pass, Stream& random) {
  std::multiset<ValueId> to_come;
  for (const Step& step : pass.steps) {
    for (const ValueId id : touched(step).writes) to_come.insert(id);
  }
  std::vector<Step> left = std::exchange(pass.steps, {});
  while (!left.empty()) {
    const auto chosen = left.begin() + static_cast<std::ptrdiff_t>(random.below(left.size()));
    const Touched ids = touched(*chosen);
    if (std::ranges::any_of(ids.reads, [&](ValueId id) { return to_come.contains(id); })) continue;
    for (const ValueId id : ids.writes) to_come.erase(to_come.find(id));
    pass.steps.push_back(*chosen);
    left.erase(chosen);
  }
}

TEST_P(PlainExecution, StepsOfAPassTakeAnyOrderThatWritesBeforeItReads) {
  int reordered = 0;
  each(300, [&](const Graph& graph, int number) {
    TrainingStep in_order(graph, number);
    TrainingStep any_order(graph, number);
    Plan plan = in_order.executor->plan();
    for (Pass& pass : plan.passes) shuffle(pass, any_order.random);
    if (plan.passes != in_order.executor->plan().passes) ++reordered;
    any_order.executor = std::make_unique<PlainExecutor>(plan, any_order.batch, Order::passes);
    const PlainTensors expected = in_order.gradients();
    const PlainTensors actual = any_order.gradients();
    for (const auto& [name, values] : expected) {
      EXPECT_THAT(actual.at(name), testing::Pointwise(testing::DoubleNear(1e-9), values)) << name;
    }
  });
  EXPECT_GE(reordered, 40);
}

INSTANTIATE_TEST_SUITE_P(AllOps, PlainExecution, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(PlainOps, PlainExecution, testing::Values(true));

}  // namespace
}  // namespace tse::plan
