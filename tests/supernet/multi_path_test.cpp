// Steps of super-networks against PyTorch's, by expected_supernet.py: weights, images and paths are the same.
#include "tse/supernet/multi_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "support/distance.h"
#include "support/formulas.h"

namespace tse {
namespace {

const Json& expected() {
  static const Json all = [] {
    std::ifstream file(TSE_SOURCE "/tests/supernet/expected_supernet.json");
    return Json::parse(file);
  }();
  return all;
}

std::vector<Path> paths_of(const Json& step) {
  std::vector<Path> paths;
  for (const Json& each : step.at("paths")) {
    Path& path = paths.emplace_back();
    for (const Json& arch : each) path.push_back({arch.get<std::string>()});
  }
  return paths;
}

struct Trained {
  std::vector<double> losses;
  std::map<std::string, torch::Tensor> gradients;  // of the first step
  ParameterStore store;
};

/// The script's steps. With noise, from weights that are a rounding away.
Trained run(const Json& json, torch::ScalarType type, const std::string& engine_path, int noise = 0) {
  const double rounding = type == torch::kDouble ? 0x1p-52 : 0x1p-23;
  const std::shared_ptr<const Space> space = make_space(expected().at("space").get<std::string>());
  const int size = expected().at("size");
  const int images = expected().at("images");
  const int classes = expected().at("classes");
  const Task task{.input = {.channels = 3, .height = size, .width = size}, .classes = classes};
  Trained result;
  result.store.add(space->mixed(task, Norms::batch), 1, torch::TensorOptions().dtype(type));
  set_formula_weights(result.store);
  if (noise > 0) {
    const torch::NoGradGuard no_grad;
    torch::manual_seed(static_cast<std::uint64_t>(noise));
    for (auto& [name, p] : result.store.parameters) p.mul_(1 + torch::randn_like(p).sign() * rounding);
  }
  Recipe recipe = parse_recipe("oneshot");
  recipe.schedule_epochs = expected().at("epochs");
  MultiPath training(space, task, {.path = engine_path}, recipe, true, result.store);
  for (int step = 0; step < static_cast<int>(json.at("steps").size()); ++step) {
    const torch::Tensor i = torch::arange(images * 3 * size * size, torch::kDouble) + 1000 * step;
    const torch::Tensor batch = (torch::sin(0.37 * i) + 0.5 * torch::cos(0.011 * i)).reshape({images, 3, size, size});
    const torch::Tensor labels = (torch::arange(images, torch::kLong) * 3 + step).remainder(classes);
    result.losses.push_back(
        training.gradients(batch.to(type), labels, paths_of(json.at("steps")[static_cast<std::size_t>(step)]), 1));
    if (step == 0) {
      for (const auto& [name, p] : result.store.parameters)
        if (p.grad().defined()) result.gradients[name] = p.grad().clone();
    }
    training.update(learning_rate(recipe, step, expected().at("steps_per_epoch")));
  }
  return result;
}

/// How far the steps led from where the script's did: the losses, or what they made of the weights.
double furthest(const Trained& trained, const Json& json) {
  double most = 0;
  for (std::size_t i = 0; i < trained.losses.size(); ++i)
    most = std::max(most, std::abs(trained.losses[i] - json.at("steps")[i].at("loss").get<double>()));
  for (const auto& [name, numbers] : json.at("parameters").items())
    most = std::max(most, distance(trained.store.parameters.at(name), numbers));
  for (const auto& [name, numbers] : json.at("running").items())
    most = std::max(most, distance(trained.store.buffers.at(name), numbers));
  return most;
}

/// What roundings alone make of it: the reference path, from weights that are a rounding away.
double by_roundings(const Json& json, torch::ScalarType type) {
  double most = 0;
  for (int noise = 1; noise <= 8; ++noise) most = std::max(most, furthest(run(json, type, "reference", noise), json));
  return most;
}

class MultiPathAs : public testing::TestWithParam<int> {
 protected:
  const Json& json() const { return expected().at("cases").at(static_cast<std::size_t>(GetParam())); }
};

TEST_P(MultiPathAs, PyTorchInDouble) {
  const Trained ours = run(json(), torch::kDouble, "reference");
  EXPECT_NEAR(ours.losses[0], json().at("steps")[0].at("loss").get<double>(), 1e-11);
  for (const auto& [name, numbers] : json().at("gradients").items()) {
    // PyTorch's zeros of what is cut off by a `none`; ours has no gradient there
    if (!ours.gradients.contains(name)) {
      EXPECT_EQ(numbers.at(2).get<double>(), 0) << name;
      continue;
    }
    EXPECT_LT(distance(ours.gradients.at(name), numbers), 1e-9) << name;
  }
  for (const auto& [name, gradient] : ours.gradients) EXPECT_TRUE(json().at("gradients").contains(name)) << name;
  EXPECT_LE(furthest(ours, json()), 3 * by_roundings(json(), torch::kDouble) + 1e-12);
  EXPECT_LT(furthest(ours, json()), 1e-7);
}

TEST_P(MultiPathAs, PyTorchOnTheFastPath) {
  const Trained fast = run(json(), torch::kFloat, "auto");
  EXPECT_NEAR(fast.losses[0], json().at("steps")[0].at("loss").get<double>(), 1e-5);
  EXPECT_LE(furthest(fast, json()), 3 * by_roundings(json(), torch::kFloat) + 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Rules, MultiPathAs, testing::Range(0, 4), [](const auto& test) {
  return expected().at("cases").at(static_cast<std::size_t>(test.param)).at("rule").template get<std::string>();
});

/// What a step has on no path: as PyTorch, which decays it once it was on one; or untouched.
TEST(MultiPath, LeavesUnusedParametersAloneWhereAsked) {
  const auto space = make_space("nb201:channels=2,cells=1");
  const Task task{.input = {.channels = 3, .height = 8, .width = 8}, .classes = 3};
  const Path convolutions = {
      space->parse("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+"
                   "|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|")};
  const Path skips = {
      space->parse("|skip_connect~0|+|skip_connect~0|skip_connect~1|+"
                   "|skip_connect~0|skip_connect~1|skip_connect~2|")};
  const std::string name = "stage1.cell1.edge_1_0.nor_conv_3x3.conv.weight";
  for (const bool decays : {true, false}) {
    ParameterStore store;
    store.add(space->mixed(task, Norms::batch), 1, torch::TensorOptions().dtype(torch::kFloat));
    MultiPath training(space, task, {}, parse_recipe("oneshot"), decays, store);
    const torch::Tensor images = torch::randn({4, 3, 8, 8});
    const torch::Tensor labels = torch::tensor({0, 1, 2, 0}, torch::kLong);
    const auto step = [&](const Path& path) {
      const torch::Tensor before = store.parameters.at(name).detach().clone();
      training.gradients(images, labels, {path}, 1);
      training.update(0.1);
      return torch::equal(before, store.parameters.at(name));
    };
    EXPECT_TRUE(step(skips));  // never used yet
    EXPECT_FALSE(step(convolutions));
    EXPECT_EQ(step(skips), !decays);
  }
}

}  // namespace
}  // namespace tse
