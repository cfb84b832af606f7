// Twenty steps of training on the fast path against float64. Rounding alone drives correct runs apart, by percents and
// more: a change of the weights by one rounding moves a value over a ReLU's edge, and the next loss by a part in a
// million. So how far is too far is measured: on the reference path in float32, its first weights changed by a
// rounding.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "tse/data/data.h"
#include "tse/net/network.h"
#include "tse/space/space.h"
#include "tse/space/speed_panel.h"
#include "tse/train/batches.h"
#include "tse/train/sgd.h"

namespace tse {
namespace {

constexpr int kSteps = 20;
constexpr int kDraws = 2;  // of the control
constexpr std::uint64_t kSeed = 3;

const DataSet& images() {
  static const DataSet data = make_data("synthetic:size=16,train_images=200,test_images=40,seed=1")->load(0);
  return data;
}

/// SGD as tse/train/sgd.h defines it, in plain operations of whatever type the parameters have.
class PlainSgd {
 public:
  explicit PlainSgd(ParameterStore& store) : store_(store) {}

  void step(const Recipe& recipe) {
    const torch::NoGradGuard no_grad;
    for (auto& [name, p] : store_.parameters) {
      if (!p.grad().defined()) continue;
      const torch::Tensor d = p.grad() + recipe.weight_decay * p;
      torch::Tensor& m = momenta_[name];
      m = m.defined() ? recipe.momentum * m + d : d;
      p -= recipe.lr * (d + recipe.momentum * m);
      p.mutable_grad().reset();
    }
  }

 private:
  ParameterStore& store_;
  std::map<std::string, torch::Tensor> momenta_;
};

class Closeness : public testing::Test {
 protected:
  Closeness() {
    TrainBatches batches(images(), recipe_, kSeed);
    for (int step = 0; step < kSteps; ++step) batches_.push_back(batches.at(step));
  }

  Graph graph(const char* cell) const {
    const auto space = make_space("nb201:channels=8,cells=1");
    const ImageSet& train = images().train;
    return space->lower(space->parse(cell),
                        {.input = {.channels = train.channels, .height = train.height, .width = train.width},
                         .classes = train.classes()});
  }

  /// The loss of every step on the reference path; draws but the zeroth start from weights a rounding away.
  std::vector<double> reference(const Graph& graph, torch::ScalarType type, int draw) const {
    ParameterStore store;
    store.add(graph, kSeed, type);
    if (draw > 0) {
      const torch::NoGradGuard no_grad;
      torch::manual_seed(static_cast<std::uint64_t>(draw));
      for (auto& [name, p] : store.parameters) p.mul_(1 + torch::randn_like(p).sign() * 0x1p-23);
    }
    const auto network = make_reference_network(graph, store);
    PlainSgd sgd(store);
    std::vector<double> losses;
    for (const Batch& batch : batches_) {
      losses.push_back(network->loss_and_gradients(batch.images.to(type), batch.labels));
      sgd.step(recipe_);
    }
    return losses;
  }

  std::vector<double> fast(const Graph& graph, const FastOptions& options) const {
    ParameterStore store;
    store.add(graph, kSeed, torch::kFloat);
    const auto network = make_fast_network(graph, store, options);
    Sgd sgd(store, recipe_);
    std::vector<double> losses;
    for (const Batch& batch : batches_) {
      losses.push_back(network->loss_and_gradients(batch.images, batch.labels));
      sgd.step(recipe_.lr);
    }
    return losses;
  }

  /// The largest difference over all steps, relative; no less than one rounding, since none may be luck.
  static double deviation(const std::vector<double>& losses, const std::vector<double>& exact) {
    double largest = 0x1p-24;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      largest = std::max(largest, std::abs(losses[i] - exact[i]) / std::abs(exact[i]));
    }
    return largest;
  }

  Recipe recipe_{.batch = 32};
  std::vector<Batch> batches_;
};

TEST_F(Closeness, TwentyStepsStayAsNearToFloat64AsRoundingLeavesTheReferencePath) {
  double ratio = 0;  // sum over cells of log2(fast/reference)
  for (const char* cell : kSpeedPanel) {
    const Graph network = graph(cell);
    const std::vector<double> exact = reference(network, torch::kDouble, 0);
    double control = 0;  // log2, the mean over the draws
    double farthest = 0;
    for (int draw = 1; draw <= kDraws; ++draw) {
      const double one = deviation(reference(network, torch::kFloat, draw), exact);
      control += std::log2(one) / kDraws;
      farthest = std::max(farthest, one);
    }
    const double ours = deviation(fast(network, {.threads = 2}), exact);
    EXPECT_LT(ours, 8 * farthest) << cell;
    ratio += std::log2(ours) - control;
  }
  ratio = std::exp2(ratio / kSpeedPanel.size());
  RecordProperty("ratio", std::to_string(ratio));
  EXPECT_LT(ratio, 1);
}

}  // namespace
}  // namespace tse
