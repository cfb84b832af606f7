#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>
#include <fstream>

#include "support/formulas.h"
#include "tse/net/network.h"
#include "tse/train/sgd.h"

namespace tse {
namespace {

/// What expected_darts.py, beside this, made of networks of DARTS that are written in PyTorch.
Json expected() {
  std::ifstream stream(TSE_SOURCE "/tests/train/expected_darts.json");
  return Json::parse(stream);
}

/// The script's: seven tenths of one class, three of the next.
torch::Tensor wanted(const FormulaCase& c) {
  const torch::Tensor labels = torch::arange(c.images) % c.classes;
  return 0.7 * torch::one_hot(labels, c.classes).to(torch::kDouble) +
         0.3 * torch::one_hot((labels + 1) % c.classes, c.classes).to(torch::kDouble);
}

class DartsAgainstPyTorch : public testing::TestWithParam<int> {};

TEST_P(DartsAgainstPyTorch, SameThreeStepsInFloat64) {
  const Json json = expected().at("cases").at(static_cast<std::size_t>(GetParam()));
  const FormulaCase c = make_formula_case(json);
  EXPECT_EQ(parameters(c.graph), json.at("parameters").get<std::int64_t>());
  ParameterStore store;
  store.add(c.graph, 1, torch::kDouble);
  set_formula_weights(store);
  const auto network = make_reference_network(c.graph, store);
  Recipe recipe = parse_recipe("darts:schedule_epochs=4");
  Sgd sgd(store, recipe);
  const torch::Tensor images = formula_images(c);
  for (std::size_t step = 0; step < 3; ++step) {
    const double loss = network->loss_and_gradients(images, wanted(c));
    EXPECT_NEAR(loss, json.at("losses").at(step).get<double>(), 1e-9) << step;
    EXPECT_NEAR(network->output_loss(), json.at("output_losses").at(step).get<double>(), 1e-9) << step;
    if (step == 0) {
      for (const auto& [name, parameter] : store.parameters) {
        const Json& theirs = json.at("gradients").at(name);
        EXPECT_NEAR(parameter.grad().sum().item<double>(), theirs.at(0).get<double>(), 1e-9) << name;
        EXPECT_NEAR(parameter.grad().norm().item<double>(), theirs.at(1).get<double>(), 1e-9) << name;
      }
    }
    sgd.step(learning_rate(recipe, static_cast<long long>(step), 2));
  }
  const torch::NoGradGuard no_grad;
  const torch::Tensor evaluated = network->forward(images, Mode::evaluate);
  ASSERT_EQ(evaluated.size(1), c.classes);
  double largest = 0;
  double difference = 0;
  for (int image = 0; image < c.images; ++image) {
    for (int k = 0; k < c.classes; ++k) {
      const double theirs =
          json.at("evaluated_logits").at(static_cast<std::size_t>(image)).at(static_cast<std::size_t>(k));
      largest = std::max(largest, std::abs(theirs));
      difference = std::max(difference, std::abs(evaluated[image][k].item<double>() - theirs));
    }
  }
  EXPECT_LT(difference / largest, 1e-9);
}

/// In float, where it has kernels of its own, no further from the exact values than libtorch's.
TEST_P(DartsAgainstPyTorch, TheFastPathIsAsCloseAsLibtorch) {
  const Json json = expected().at("cases").at(static_cast<std::size_t>(GetParam()));
  const FormulaCase c = make_formula_case(json);
  ASSERT_TRUE(has_fast_network(c.graph));
  const auto farthest = [&](bool fast) {
    ParameterStore store;
    store.add(c.graph, 1, torch::kFloat);
    set_formula_weights(store);
    const auto network = fast ? make_fast_network(c.graph, store, {}) : make_reference_network(c.graph, store);
    const double loss = network->loss_and_gradients(formula_images(c).to(torch::kFloat), wanted(c).to(torch::kFloat));
    double most = std::abs(loss - json.at("losses").at(0).get<double>());
    most = std::max(most, std::abs(network->output_loss() - json.at("output_losses").at(0).get<double>()));
    for (const auto& [name, parameter] : store.parameters) {
      const double norm = json.at("gradients").at(name).at(1);
      most = std::max(most, std::abs(parameter.grad().norm().item<double>() - norm) / (1 + norm));
    }
    return most;
  };
  EXPECT_LE(farthest(true), 2 * farthest(false) + 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Cases, DartsAgainstPyTorch, testing::Range(0, 2));

std::vector<std::string> genotypes() {
  std::ifstream lines(TSE_SHARED "/tables/darts_oneshot_500_genotypes.txt");
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) all.push_back(line);
  return all;
}

TEST(DartsGenotypes, HaveTheParametersThatPyTorchCounts) {
  const std::vector<std::string> all = genotypes();
  if (all.empty()) GTEST_SKIP() << TSE_SHARED "/tables is not there";
  const Json counts = expected().at("parameters_of_500");
  ASSERT_EQ(all.size(), counts.size());
  const auto space = make_space("darts");
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(parameters(space->lower(space->parse(all[i]), {})), counts.at(i).get<std::int64_t>()) << all[i];
}

TEST(DartsGenotypes, TrainAStep) {
  const std::vector<std::string> all = genotypes();
  if (all.empty()) GTEST_SKIP() << TSE_SHARED "/tables is not there";
  const auto space = make_space("darts:channels=2,cells=3,drop_path=0.2");
  const Task task{.input = {.channels = 3, .height = 8, .width = 8}, .classes = 4};
  const torch::Tensor images = torch::sin(torch::arange(6 * 3 * 8 * 8, torch::kFloat)).reshape({6, 3, 8, 8});
  const torch::Tensor labels = torch::arange(6) % 4;
  for (const std::string& genotype : all) {
    const Graph graph = space->lower(space->parse(genotype), task);
    ParameterStore store;
    store.add(graph, 1, torch::kFloat);
    const auto network = make_fast_network(graph, store, {});
    network->begin_step(3);
    ASSERT_TRUE(std::isfinite(network->loss_and_gradients(images, labels))) << genotype;
    Sgd sgd(store, parse_recipe("darts"));
    sgd.step(0.025);
    network->begin_step(3);
    ASSERT_TRUE(std::isfinite(network->loss_and_gradients(images, labels))) << genotype;
  }
}

}  // namespace
}  // namespace tse
