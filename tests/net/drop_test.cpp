#include "tse/space/drop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "tse/base/error.h"
#include "tse/net/network.h"

namespace tse {
namespace {

TEST(DropFactors, KeepTheirShareAndTheMean) {
  constexpr std::size_t kCount = 100000;
  for (const double rate : {0.1, 0.5, 0.8}) {
    const std::vector<float> factors = drop_factors(1, "node", kCount, rate);
    const auto zeros = std::ranges::count(factors, 0.0F);
    const auto kept = std::ranges::count(factors, static_cast<float>(1 / (1 - rate)));
    EXPECT_EQ(static_cast<std::size_t>(zeros + kept), kCount);
    // five standard deviations of a binomial share
    EXPECT_NEAR(static_cast<double>(zeros) / kCount, rate, 5 * std::sqrt(rate * (1 - rate) / kCount));
  }
}

TEST(DropFactors, DependOnSeedAndNameAlone) {
  const std::vector<float> factors = drop_factors(1, "node", 200, 0.5);
  EXPECT_EQ(drop_factors(1, "node", 200, 0.5), factors);
  EXPECT_NE(drop_factors(2, "node", 200, 0.5), factors);
  EXPECT_NE(drop_factors(1, "other", 200, 0.5), factors);
}

class Drops : public testing::Test {
 protected:
  Drops() {
    graph_.add_input({.channels = 2, .height = 4, .width = 3});
    const NodeId path = graph_.add("path", op::DropPath{.rate = 0.5}, {0});
    const NodeId other = graph_.add("other", op::DropPath{.rate = 0.5}, {0});
    const NodeId values = graph_.add("values", op::Dropout{.rate = 0.5}, {0});
    graph_.add("all", op::Concat{}, {path, other, values});
    network_ = make_reference_network(graph_, store_);
  }

  /// (3, N, 2*4*3): what the two drop paths and the dropout make of ones.
  torch::Tensor run(Mode mode, int images = 64) {
    const torch::Tensor out = network_->forward(torch::ones({images, 2, 4, 3}), mode);
    return out.reshape({images, 3, -1}).transpose(0, 1).contiguous();
  }

  Graph graph_;
  ParameterStore store_;
  std::unique_ptr<Network> network_;
};

TEST_F(Drops, DropPathTreatsAnImageAsAWholeAndDropoutEachValue) {
  network_->begin_step(7);
  const torch::Tensor out = run(Mode::train);
  for (const int path : {0, 1}) {
    EXPECT_TRUE(torch::equal(std::get<0>(out[path].max(1)), std::get<0>(out[path].min(1))));
  }
  EXPECT_FALSE(torch::equal(out[0], out[1]));  // each draws by its own name
  EXPECT_EQ(((out == 0) | (out == 2)).all().item<bool>(), true);
  const torch::Tensor kept = (out[2] != 0).sum(1);
  EXPECT_TRUE(((kept > 0) & (kept < 24)).all().item<bool>());
}

TEST_F(Drops, TheSameSeedDropsTheSame) {
  network_->begin_step(7);
  const torch::Tensor first = run(Mode::train);
  EXPECT_TRUE(torch::equal(run(Mode::train), first));
  network_->begin_step(8);
  EXPECT_FALSE(torch::equal(run(Mode::train), first));
  network_->begin_step(7);
  EXPECT_TRUE(torch::equal(run(Mode::train), first));
}

TEST_F(Drops, EvaluationDropsNothing) {
  network_->begin_step(7);
  EXPECT_TRUE(torch::equal(run(Mode::evaluate), torch::ones({3, 64, 24})));
}

TEST_F(Drops, TheScaleIsThatOfDropPathAlone) {
  network_->begin_step(7, 0);
  const torch::Tensor none = run(Mode::train);
  EXPECT_TRUE(torch::equal(none.narrow(0, 0, 2), torch::ones({2, 64, 24})));
  EXPECT_TRUE((none[2] == 0).any().item<bool>());
  network_->begin_step(7, 0.2);
  const torch::Tensor few = run(Mode::train, 4000)[0].select(1, 0);
  const double zeros = (few == 0).to(torch::kDouble).mean().item<double>();
  EXPECT_NEAR(zeros, 0.1, 5 * std::sqrt(0.1 * 0.9 / 4000));
  EXPECT_FLOAT_EQ(few.max().item<float>(), 1 / 0.9F);
  EXPECT_THROW(network_->begin_step(7, 1.5), UsageError);
  EXPECT_THROW(network_->begin_step(7, std::nan("")), UsageError);
}

}  // namespace
}  // namespace tse
