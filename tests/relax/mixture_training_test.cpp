// Steps of differentiable search against PyTorch's, by expected_relax.py: weights, images, samples and copied channels
// are the same.
#include "tse/relax/mixture_training.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>

#include "support/distance.h"
#include "support/formulas.h"

namespace tse {
namespace {

const Json& expected() {
  static const Json all = [] {
    std::ifstream file(TSE_SOURCE "/tests/relax/expected_relax.json");
    return Json::parse(file);
  }();
  return all;
}

Relaxation relaxation_of(const Json& json) {
  const auto method = json.at("method").get<std::string>();
  Relaxation relaxation = parse_relaxation(method);
  relaxation.order = json.at("order");
  relaxation.difference = json.at("difference");
  relaxation.mode = json.at("mode");
  relaxation.steps = json.at("steps");
  relaxation.loss = json.at("loss");
  relaxation.warmup_epochs = json.at("warmup_epochs");
  relaxation.regulariser = json.at("regulariser");
  relaxation.lr = expected().at("lr");
  relaxation.scale = expected().at("scale");
  return relaxation;
}

struct Searched {
  std::vector<double> losses;
  std::vector<std::vector<torch::Tensor>> numbers;  // the architecture's, after each step or group
  ParameterStore store;
  std::vector<std::vector<int>> kept;
  Arch found;
};

/// The script's fifty steps, or the first ones, in a type and on a path. With noise, from weights a rounding away.
class Search {
 public:
  Search(const Json& json, torch::ScalarType type, const std::string& path, int noise = 0)
      : json_(json),
        type_(type),
        relaxation_(relaxation_of(json)),
        space_(make_space(expected().at("space").get<std::string>())) {
    const int size = expected().at("size");
    task_ = {.input = {.channels = 3, .height = size, .width = size}, .classes = expected().at("classes")};
    searched_.store.add(space_->mixed(task_, mixture_of(relaxation_, false)), 1, torch::TensorOptions().dtype(type));
    set_formula_weights(searched_.store);
    if (noise > 0) {
      const torch::NoGradGuard no_grad;
      torch::manual_seed(static_cast<std::uint64_t>(noise));
      const double rounding = type == torch::kDouble ? 0x1p-52 : 0x1p-23;
      for (auto& [name, p] : searched_.store.parameters) p.mul_(1 + torch::randn_like(p).sign() * rounding);
    }
    recipe_ = parse_recipe(relaxation_.weights == "softmax" ? "oneshot" : "drnas");
    recipe_.schedule_epochs = expected().at("epochs");
    recipe_.clip = json.at("clips").get<bool>() ? expected().at("clip").get<double>() : 0;
    training_ = std::make_unique<MixtureTraining>(space_, task_, Engine{.path = path}, recipe_, relaxation_, 1,
                                                  searched_.store);
    const torch::NoGradGuard no_grad;
    for (std::size_t e = 0; e < training_->architecture().values().size(); ++e) {
      for (int o = 0; o < 5; ++o)
        training_->architecture().values()[e][o] = 0.5 * std::sin(1 + 5 * static_cast<double>(e) + o);
    }
    training_->architecture().set_draws([this](const torch::Tensor& concentration, std::uint64_t /*number*/) {
      const auto sample = json_.at("samples").at(samples_++).get<std::vector<double>>();
      return torch::tensor(sample, torch::kDouble).to(concentration.scalar_type());
    });
    training_->set_channel_draws([](const std::string& of, bool output, std::int64_t channels, std::int64_t more) {
      const auto i = torch::arange(more, torch::kLong);
      return (7 * i + 3 * static_cast<std::int64_t>(of.size()) + (output ? 1 : 0)).remainder(channels);
    });
  }

  /// The first steps, of one group after the other.
  Searched run(std::size_t groups) {
    const int per_epoch = expected().at("steps_per_epoch");
    const int all = expected().at("epochs").get<int>() * per_epoch;
    const int half = expected().at("epochs").get<int>() / 2 * per_epoch;
    while (step() < all && searched_.numbers.size() < groups) {
      if (relaxation_.kept > 0 && step() == half) training_->begin_second_half();
      const int since = relaxation_.kept > 0 && step() >= half ? step() - half : step();
      if (since < relaxation_.warmup_epochs * per_epoch) {
        searched_.losses.push_back(training_->step(batch(step()), rate(step()), step()));
      } else if (!relaxation_.speed) {
        searched_.losses.push_back(
            training_->validated_step(batch(step()), batch(5000 + step()), rate(step()), step()));
      } else {
        std::vector<Batch> group;
        std::vector<double> rates;
        for (int k = step(); k < std::min(step() + relaxation_.steps, (step() / per_epoch + 1) * per_epoch); ++k) {
          group.push_back(batch(k));
          rates.push_back(rate(k));
        }
        for (const double loss : training_->summed_steps(group, rates, step())) searched_.losses.push_back(loss);
      }
      std::vector<torch::Tensor>& now = searched_.numbers.emplace_back();
      for (const torch::Tensor& value : training_->architecture().values()) now.push_back(value.detach().clone());
    }
    searched_.kept = training_->architecture().kept();
    searched_.found = space_->derived(training_->architecture().shares());
    return std::move(searched_);
  }

 private:
  int step() const { return static_cast<int>(searched_.losses.size()); }
  double rate(int step) const { return learning_rate(recipe_, step, expected().at("steps_per_epoch")); }

  Batch batch(int step) const {
    const int images = expected().at("images");
    const auto size = expected().at("size").get<std::int64_t>();
    const torch::Tensor i = torch::arange(images * 3 * size * size, torch::kDouble) + 1000 * step;
    return {.images = (torch::sin(0.37 * i) + 0.5 * torch::cos(0.011 * i)).reshape({images, 3, size, size}).to(type_),
            .labels = (torch::arange(images, torch::kLong) * 3 + step).remainder(expected().at("classes").get<int>())};
  }

  const Json& json_;
  torch::ScalarType type_;
  Relaxation relaxation_;
  std::shared_ptr<const Space> space_;
  Task task_;
  Recipe recipe_;
  Searched searched_;
  std::unique_ptr<MixtureTraining> training_;
  std::size_t samples_ = 0;
};

/// How far the search went from where the script's did, up to a step or group.
double furthest(const Searched& searched, const Json& json, std::size_t groups) {
  double most = 0;
  const auto steps = json.at("architecture").at(groups - 1).at("after").get<std::size_t>();
  for (std::size_t i = 0; i < steps; ++i)
    most = std::max(most, std::abs(searched.losses.at(i) - json.at("losses").at(i).get<double>()));
  for (std::size_t group = 0; group < groups; ++group) {
    for (std::size_t e = 0; e < searched.numbers.at(group).size(); ++e) {
      const auto values = json.at("architecture").at(group).at("values").at(e).get<std::vector<double>>();
      const torch::Tensor difference =
          searched.numbers[group][e].to(torch::kDouble) - torch::tensor(values, torch::kDouble);
      most = std::max(most, difference.abs().max().item<double>());
    }
  }
  if (groups < json.at("architecture").size()) return most;
  for (const auto& [name, numbers] : json.at("parameters").items())
    most = std::max(most, distance(searched.store.parameters.at(name), numbers));
  for (const auto& [name, numbers] : json.at("running").items())
    most = std::max(most, distance(searched.store.buffers.at(name), numbers));
  return most;
}

class MixtureTrainingAs : public testing::TestWithParam<int> {
 protected:
  const Json& json() const { return expected().at("cases").at(static_cast<std::size_t>(GetParam())); }
};

bool has_tiny_differences(const Json& json) { return json.at("difference").get<double>() < 1e-3; }

TEST_P(MixtureTrainingAs, PyTorchInDouble) {
  // second derivatives by differences of 1e-8 are those of autograd, but nothing to go on from for long
  const std::size_t groups = has_tiny_differences(json()) ? 1 : json().at("architecture").size();
  const Searched ours = Search(json(), torch::kDouble, "reference").run(groups);
  EXPECT_NEAR(ours.losses[0], json().at("losses")[0].get<double>(), 1e-11);
  EXPECT_LT(furthest(ours, json(), 1), 1e-8);
  if (has_tiny_differences(json())) return;
  EXPECT_LT(furthest(ours, json(), groups), 1e-7);
  EXPECT_EQ(ours.kept, json().at("kept").get<std::vector<std::vector<int>>>());
  EXPECT_EQ(ours.found.text, json().at("found").get<std::string>());
}

TEST_P(MixtureTrainingAs, PyTorchOnTheFastPath) {
  if (has_tiny_differences(json())) GTEST_SKIP() << "differences of 1e-8 are none in fp32";
  constexpr std::size_t kGroups = 2;
  const Searched fast = Search(json(), torch::kFloat, "auto").run(kGroups);
  EXPECT_NEAR(fast.losses[0], json().at("losses")[0].get<double>(), 1e-5);
  double by_roundings = 0;
  for (int noise = 1; noise <= 3; ++noise)
    by_roundings = std::max(by_roundings,
                            furthest(Search(json(), torch::kFloat, "reference", noise).run(kGroups), json(), kGroups));
  EXPECT_LE(furthest(fast, json(), kGroups), 5 * by_roundings + 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Methods, MixtureTrainingAs, testing::Range(0, 10), [](const auto& test) {
  const Json& json = expected().at("cases").at(static_cast<std::size_t>(test.param));
  std::string name = std::to_string(test.param) + json.at("method").template get<std::string>();
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace tse
