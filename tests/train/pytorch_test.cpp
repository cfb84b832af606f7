#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstdint>
#include <utility>

#include "support/formulas.h"
#include "tse/net/network.h"
#include "tse/train/sgd.h"

namespace tse {
namespace {

/// Networks written independently in PyTorch by the scripts beside these files.
Json cases() {
  Json all = formula_cases("tests/train/expected_networks.json");
  for (const char* more : {"nds", "randwired"})
    for (Json& each : formula_cases(std::string("tests/train/expected_") + more + ".json"))
      all.push_back(std::move(each));
  return all;
}

torch::Tensor table(const Json& rows) {
  std::vector<double> flat;
  for (const Json& row : rows) {
    for (const Json& value : row) flat.push_back(value);
  }
  return torch::tensor(flat, torch::kDouble).reshape({static_cast<std::int64_t>(rows.size()), -1});
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kDouble) - b).abs().max().item<double>();
}

class AgainstPyTorch : public testing::TestWithParam<int> {};

TEST_P(AgainstPyTorch, SameLogitsAndFirstLossInFloat32) {
  const Json json = cases().at(static_cast<std::size_t>(GetParam()));
  const FormulaCase c = make_formula_case(json);
  ParameterStore store;
  store.add(c.graph, 1, torch::kFloat);
  set_formula_weights(store);
  const torch::Tensor images = formula_images(c).to(torch::kFloat);
  const torch::Tensor logits = make_reference_network(c.graph, store)->forward(images, Mode::train);
  EXPECT_LT(largest_difference(logits, table(json.at("float32").at("logits"))), 1e-5) << c.arch;
  const torch::Tensor labels = torch::arange(c.images) % c.classes;
  const double loss = torch::nn::functional::cross_entropy(logits, labels).item<double>();
  EXPECT_NEAR(loss, json.at("float32").at("losses").at(0).get<double>(), 1e-5) << c.arch;
}

TEST_P(AgainstPyTorch, SameThreeStepsInFloat64) {
  const Json json = cases().at(static_cast<std::size_t>(GetParam()));
  const FormulaCase c = make_formula_case(json);
  ParameterStore store;
  store.add(c.graph, 1, torch::kDouble);
  set_formula_weights(store);
  const auto network = make_reference_network(c.graph, store);
  const Recipe recipe{.schedule_epochs = 4};
  Sgd sgd(store, recipe);
  const torch::Tensor images = formula_images(c);
  const torch::Tensor labels = torch::arange(c.images) % c.classes;
  for (int step = 0; step < 3; ++step) {
    const torch::Tensor loss = torch::nn::functional::cross_entropy(network->forward(images, Mode::train), labels);
    const double expected = json.at("float64").at("losses").at(static_cast<std::size_t>(step));
    EXPECT_NEAR(loss.item<double>(), expected, 1e-9) << c.arch << " step " << step;
    loss.backward();
    sgd.step(learning_rate(recipe, step, 2));
  }
  const torch::NoGradGuard no_grad;
  // running statistics of three steps normalise little, so these logits may be large: relative to the largest
  const torch::Tensor expected = table(json.at("float64").at("evaluated_logits"));
  const torch::Tensor evaluated = network->forward(images, Mode::evaluate);
  EXPECT_LT(largest_difference(evaluated, expected) / expected.abs().max().item<double>(), 1e-9) << c.arch;
}

TEST_P(AgainstPyTorch, SameParametersAndGradientsInFloat64) {
  const Json json = cases().at(static_cast<std::size_t>(GetParam()));
  if (!json.at("float64").contains("gradients")) GTEST_SKIP() << "the script keeps none of these";
  const FormulaCase c = make_formula_case(json);
  EXPECT_EQ(parameters(c.graph), json.at("params").get<std::int64_t>()) << c.arch;
  ParameterStore store;
  store.add(c.graph, 1, torch::kDouble);
  set_formula_weights(store);
  const auto network = make_reference_network(c.graph, store);
  network->loss_and_gradients(formula_images(c), torch::arange(c.images) % c.classes);
  const Json& expected = json.at("float64").at("gradients");
  EXPECT_EQ(store.parameters.size(), expected.size());
  for (const auto& [name, parameter] : store.parameters) {
    const torch::Tensor gradient = parameter.grad().contiguous().flatten();
    const torch::Tensor wave = torch::cos(0.3 * torch::arange(gradient.numel(), torch::kDouble));
    const double length = expected.at(name).at(0);
    EXPECT_NEAR(gradient.norm().item<double>(), length, 1e-9 * (1 + length)) << c.arch << ' ' << name;
    EXPECT_NEAR((gradient * wave).sum().item<double>(), expected.at(name).at(1).get<double>(), 1e-9 * (1 + length))
        << c.arch << ' ' << name;
  }
}

TEST_P(AgainstPyTorch, SameNormsOfGradientsInFloat64) {
  const Json json = cases().at(static_cast<std::size_t>(GetParam()));
  if (!json.at("float64").contains("gradient_norms")) GTEST_SKIP() << "of these only the steps are recorded";
  const FormulaCase c = make_formula_case(json);
  EXPECT_EQ(parameters(c.graph), json.at("parameters").get<std::int64_t>());
  ParameterStore store;
  store.add(c.graph, 1, torch::kDouble);
  set_formula_weights(store);
  make_reference_network(c.graph, store)->loss_and_gradients(formula_images(c), torch::arange(c.images) % c.classes);
  const Json& norms = json.at("float64").at("gradient_norms");
  ASSERT_EQ(store.parameters.size(), norms.size());
  for (const auto& [name, parameter] : store.parameters)
    EXPECT_NEAR(parameter.grad().norm().item<double>(), norms.at(name).get<double>(), 1e-9) << c.arch << ' ' << name;
}

INSTANTIATE_TEST_SUITE_P(Cases, AgainstPyTorch, testing::Range(0, 16));

}  // namespace
}  // namespace tse
