#include "tse/train/whole_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "tse/base/random.h"
#include "tse/data/data.h"
#include "tse/net/device.h"
#include "tse/space/space.h"
#include "tse/train/batches.h"
#include "tse/train/job_network.h"
#include "tse/train/sgd.h"

namespace tse {
namespace {

constexpr int kBatch = 32;

const DataSet& images() {
  static const DataSet data = make_data("synthetic:classes=4,size=8,train_images=200,test_images=40,seed=1")->load(0.5);
  return data;
}

Recipe recipe() {
  Recipe all;
  all.batch = kBatch;
  all.flip = true;
  all.crop = 2;
  all.cutout = 3;
  return all;
}

Graph graph_of(const std::string& arch) {
  const Task task{.input = {.channels = images().train.channels, .height = 8, .width = 8}, .classes = 4};
  return make_space("nb201:channels=4,cells=1")->lower({arch}, task);
}

constexpr const char* kCell = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|";

/// On a CPU, where a replay does the work anew, and on a GPU.
class OnADevice : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "cuda" && !torch::cuda::is_available()) GTEST_SKIP() << "libtorch finds no GPU";
  }
};
class ResidentImagesOn : public OnADevice {};
class WholeStepOn : public OnADevice {};
INSTANTIATE_TEST_SUITE_P(Devices, ResidentImagesOn, testing::Values("cpu", "cuda"),
                         [](const auto& each) { return each.param; });
INSTANTIATE_TEST_SUITE_P(Devices, WholeStepOn, testing::Values("cpu", "cuda"),
                         [](const auto& each) { return each.param; });

ResidentImages resident(const torch::Device& device) {
  return {images().train, make_pixel_table(images().normalisation), device};
}

torch::Tensor numbers_of(const std::vector<DrawnImage>& drawn) {
  torch::Tensor numbers =
      torch::empty({static_cast<std::int64_t>(drawn.size()), ResidentImages::kNumbers}, torch::kLong);
  ResidentImages::write_numbers(drawn, numbers.data_ptr<std::int64_t>());
  return numbers;
}

TEST_P(ResidentImagesOn, MakesTheBatchesOfTheHostToTheBit) {
  const ResidentImages here = resident(device_of({.device = GetParam()}));
  TrainBatches batches(images(), recipe(), 7);
  for (std::int64_t step = 0; step < 12; ++step) {
    const Batch host = batches.at(step);
    const Batch device = here.batch(numbers_of(batches.drawn(step)).to(here.device()), torch::kFloat);
    EXPECT_TRUE(torch::equal(host.images, device.images.cpu())) << step;
    EXPECT_TRUE(device.images.is_contiguous(torch::MemoryFormat::ChannelsLast));
    EXPECT_TRUE(torch::equal(host.labels, device.labels.cpu())) << step;
  }
}

/// A network that trains by whole steps, and what its first steps made.
struct Trained {
  ParameterStore store;
  std::vector<double> losses;
  torch::Tensor logits;
};

constexpr std::int64_t kSteps = 12;

Trained by_whole_steps(const std::string& device_name, const Graph& graph, torch::ScalarType activations,
                       std::size_t at_once, std::int64_t steps = kSteps) {
  const torch::Device device = device_of({.device = device_name});
  const DeviceStream stream(device);
  Trained trained;
  trained.store.add(graph, 3, torch::TensorOptions(device).dtype(torch::kFloat));
  const ResidentImages here = resident(device);
  WholeStep whole(graph, trained.store, recipe(), here, activations);
  TrainBatches batches(images(), recipe(), 7);
  std::vector<std::vector<DrawnImage>> drawn;
  std::vector<double> rates;
  for (std::int64_t step = 0; step < steps; ++step) {
    drawn.push_back(batches.drawn(step));
    rates.push_back(learning_rate(recipe(), step, batches.steps_per_epoch()));
    if (drawn.size() < at_once && step + 1 < steps) continue;
    std::ranges::copy(whole.run(drawn, rates), std::back_inserter(trained.losses));
    drawn.clear();
    rates.clear();
  }
  trained.logits = whole.logits(batches.at(0).images.to(device)).cpu();
  for (auto& [name, tensor] : trained.store.parameters) tensor = tensor.cpu();
  for (auto& [name, tensor] : trained.store.buffers) tensor = tensor.cpu();
  return trained;
}

Trained one_by_one(const Graph& graph, torch::ScalarType type, std::int64_t steps = kSteps) {
  Trained trained;
  trained.store.add(graph, 3, type);
  const auto network = make_reference_network(graph, trained.store);
  Sgd sgd(trained.store, recipe());
  TrainBatches batches(images(), recipe(), 7);
  for (std::int64_t step = 0; step < steps; ++step) {
    const Batch batch = batches.at(step);
    trained.losses.push_back(network->loss_and_gradients(batch.images.to(type), batch.labels));
    sgd.step(learning_rate(recipe(), step, batches.steps_per_epoch()));
  }
  const torch::NoGradGuard no_grad;
  trained.logits = network->forward(batches.at(0).images.to(type), Mode::evaluate);
  return trained;
}

double distance(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).to(torch::kDouble).norm() / b.to(torch::kDouble).norm()).item<double>();
}

/// The furthest that a parameter or a running statistic is from its reference.
double furthest(const ParameterStore& store, const ParameterStore& reference) {
  double most = 0;
  for (const auto& [name, tensor] : store.parameters)
    most = std::max(most, distance(tensor, reference.parameters.at(name)));
  for (const auto& [name, tensor] : store.buffers) most = std::max(most, distance(tensor, reference.buffers.at(name)));
  return most;
}

// The yardstick is what a plain loop in float32 loses against float64.
TEST_P(WholeStepOn, TrainsAsAPlainLoopDoes) {
  const Graph graph = graph_of(kCell);
  const Trained exact = one_by_one(graph, torch::kDouble);
  const Trained plain = one_by_one(graph, torch::kFloat);
  const Trained whole = by_whole_steps(GetParam(), graph, torch::kFloat, 5);
  ASSERT_EQ(whole.losses.size(), exact.losses.size());
  double deviation = 0;
  double allowed = 0;
  for (std::size_t i = 0; i < exact.losses.size(); ++i) {
    deviation = std::max(deviation, std::abs(whole.losses[i] - exact.losses[i]));
    allowed = std::max(allowed, std::abs(plain.losses[i] - exact.losses[i]));
  }
  EXPECT_LE(deviation, 2 * allowed + 1e-6);
  EXPECT_LE(furthest(whole.store, exact.store), 2 * furthest(plain.store, exact.store) + 1e-6);
  EXPECT_LE(distance(whole.logits, exact.logits), 2 * distance(plain.logits, exact.logits) + 1e-6);
}

TEST_P(WholeStepOn, TrainsACellThatCarriesNothing) {
  const Graph graph = graph_of("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|");
  const Trained exact = one_by_one(graph, torch::kDouble);
  const Trained whole = by_whole_steps(GetParam(), graph, torch::kFloat, 5);
  ASSERT_EQ(whole.losses.size(), exact.losses.size());
  for (std::size_t i = 0; i < exact.losses.size(); ++i) EXPECT_NEAR(whole.losses[i], exact.losses[i], 1e-5);
}

TEST_P(WholeStepOn, MakesTheSameStepsHoweverManyAtOnce) {
  const Graph graph = graph_of(kCell);
  const Trained single = by_whole_steps(GetParam(), graph, torch::kFloat, 1);
  const Trained many = by_whole_steps(GetParam(), graph, torch::kFloat, 100);
  EXPECT_EQ(single.losses, many.losses);
  EXPECT_TRUE(torch::equal(single.logits, many.logits));
}

TEST_P(WholeStepOn, TrainsTheSameBesideOthers) {
  const Graph graph = graph_of(kCell);
  const Trained alone = by_whole_steps(GetParam(), graph, torch::kBFloat16, 5);
  std::vector<Trained> together(4);
  std::vector<std::thread> lanes;
  for (Trained& one : together) {
    lanes.emplace_back([&] { one = by_whole_steps(GetParam(), graph, torch::kBFloat16, 3); });
  }
  for (std::thread& lane : lanes) lane.join();
  for (const Trained& one : together) {
    EXPECT_EQ(one.losses, alone.losses);
    EXPECT_TRUE(torch::equal(one.logits, alone.logits));
  }
}

// bfloat16 keeps 8 bits: a value is off by up to 1/256 of itself, a gradient of this network by some of that.
TEST_P(WholeStepOn, RoundsActivationsToBf16) {
  const Graph graph = graph_of(kCell);
  const Trained exact = one_by_one(graph, torch::kDouble, 1);
  const Trained rounded = by_whole_steps(GetParam(), graph, torch::kBFloat16, 1, 1);
  EXPECT_NE(rounded.losses[0], exact.losses[0]);
  EXPECT_NEAR(rounded.losses[0], exact.losses[0], exact.losses[0] / 64);
  for (const auto& [name, tensor] : rounded.store.parameters) {
    EXPECT_EQ(tensor.scalar_type(), torch::kFloat) << name;
    // biases begin at zero, and some of their gradients are zero but for rounding
    if (name.ends_with(".bias")) continue;
    EXPECT_LT(distance(tensor, exact.store.parameters.at(name)), 1.0 / 32) << name;
  }
}

TEST(WholeStep, LeavesWhatIsDrawnOnTheHostToOthers) {
  EXPECT_TRUE(WholeStep::can_train(graph_of(kCell)));
  Graph dropping = graph_of(kCell);
  dropping.add("drop", op::Dropout{.rate = 0.5}, {0});
  EXPECT_FALSE(WholeStep::can_train(dropping));
}

}  // namespace
}  // namespace tse
