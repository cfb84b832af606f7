// What holds of summed losses whatever the network: their gradient by finite differences, and what rolling back leaves.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "tse/relax/mixture_training.h"

namespace tse {
namespace {

constexpr const char* kSpace = "nb201:channels=4,cells=1";
const Task kTask{.input = {.channels = 3, .height = 8, .width = 8}, .classes = 4};
constexpr int kSteps = 4;

std::vector<Batch> batches() {
  std::vector<Batch> list;
  for (int k = 0; k < kSteps; ++k) {
    torch::manual_seed(static_cast<std::uint64_t>(k));
    list.push_back({.images = torch::randn({6, 3, 8, 8}, torch::kDouble), .labels = torch::randint(4, {6})});
  }
  return list;
}

const std::vector<double> kRates(kSteps, 0.02);

/// A search from the same weights each time.
struct Begun {
  explicit Begun(const Relaxation& how)
      : relaxation(how),
        space(make_space(kSpace)),
        store(fresh()),
        training(space, kTask, {.path = "reference"}, parse_recipe("oneshot"), how, 3, store) {}

  ParameterStore fresh() const {
    ParameterStore made;
    made.add(space->mixed(kTask, mixture_of(relaxation, false)), 2, torch::TensorOptions().dtype(torch::kDouble));
    return made;
  }

  Relaxation relaxation;
  std::shared_ptr<const Space> space;
  ParameterStore store;
  MixtureTraining training;
};

std::map<std::string, torch::Tensor> copies(const std::map<std::string, torch::Tensor>& of) {
  std::map<std::string, torch::Tensor> all;
  for (const auto& [name, tensor] : of) all[name] = tensor.detach().clone();
  return all;
}

/// Adam's mean after one step is half of the gradient, where nothing else is added to it.
TEST(SummedLoss, HasTheGradientOfItsStepsWithTheirWeightsFrozen) {
  for (const char* mode : {"inline", "rollback"}) {
    Relaxation relaxation = parse_relaxation("darts-tse");
    relaxation.mode = mode;
    relaxation.regulariser = "none";
    Begun plain(relaxation);
    std::vector<std::map<std::string, torch::Tensor>> weights;  // before each step
    for (int k = 0; k < kSteps; ++k) {
      weights.push_back(copies(plain.store.parameters));
      plain.training.step(batches()[static_cast<std::size_t>(k)], kRates[0], k);
    }
    const auto summed = [&](std::size_t place, std::int64_t option, double by) {
      Begun at(relaxation);
      {
        const torch::NoGradGuard no_grad;
        at.training.architecture().values()[place][option] += by;
      }
      at.training.architecture().mix(at.store, 0, false);
      const auto network = make_reference_network(at.space->mixed(kTask, mixture_of(relaxation, false)), at.store);
      double sum = 0;
      for (std::size_t k = 0; k < kSteps; ++k) {
        const torch::NoGradGuard no_grad;
        for (auto& [name, parameter] : at.store.parameters) parameter.copy_(weights[k].at(name));
        const Batch batch = batches()[k];
        sum += torch::nn::functional::cross_entropy(network->forward(batch.images, Mode::train), batch.labels)
                   .item<double>();
      }
      return sum;
    };
    Begun searched(relaxation);
    searched.training.summed_steps(batches(), kRates, 0);
    for (std::size_t place = 0; place < 6; ++place) {
      const std::string name = "arch." + searched.space->choices()->places()[place].name + ".mean";
      for (std::int64_t option = 0; option < 5; ++option) {
        const double gradient = 2 * searched.training.architecture().state().at(name)[option].item<double>();
        const double difference = (summed(place, option, 1e-5) - summed(place, option, -1e-5)) / 2e-5;
        EXPECT_NEAR(gradient, difference, 1e-6 * (1e-2 + std::abs(difference))) << mode << ' ' << name << ' ' << option;
      }
    }
  }
}

TEST(RolledBack, WithoutAStepOfTheArchitectureItIsPlainTraining) {
  for (const char* method : {"darts-tse:lr=0", "drnas-tse:lr=0"}) {
    Begun plain(parse_relaxation(method));
    std::vector<double> losses;
    for (int k = 0; k < kSteps; ++k)
      losses.push_back(plain.training.step(batches()[static_cast<std::size_t>(k)], kRates[0], k));
    Begun searched(parse_relaxation(method));
    EXPECT_EQ(searched.training.summed_steps(batches(), kRates, 0), losses) << method;
    for (const auto& [name, parameter] : plain.store.parameters)
      EXPECT_TRUE(torch::equal(parameter, searched.store.parameters.at(name))) << method << ' ' << name;
    for (const auto& [name, buffer] : plain.store.buffers)
      EXPECT_TRUE(torch::equal(buffer, searched.store.buffers.at(name))) << method << ' ' << name;
  }
}

}  // namespace
}  // namespace tse
