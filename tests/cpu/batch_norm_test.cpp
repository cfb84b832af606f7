#include "cpu/batch_norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cpu/samples.h"
#include "tse/base/error.h"

namespace tse::cpu {
namespace {

constexpr std::size_t kChannels = 5;
constexpr std::size_t kPixels = 12;

/// Batch norm in float64 from its definition, on values (pixels, channels).
std::vector<double> by_definition(const std::vector<double>& y, const std::vector<float>& weight,
                                  const std::vector<float>& bias) {
  std::vector<double> z(y.size());
  for (std::size_t c = 0; c < kChannels; ++c) {
    double mean = 0;
    double variance = 0;
    for (std::size_t i = c; i < y.size(); i += kChannels) mean += y[i] / kPixels;
    for (std::size_t i = c; i < y.size(); i += kChannels) variance += (y[i] - mean) * (y[i] - mean) / kPixels;
    for (std::size_t i = c; i < y.size(); i += kChannels) {
      z[i] = (y[i] - mean) / std::sqrt(variance + 1e-5) * weight[c] + bias[c];
    }
  }
  return z;
}

/// A batch norm over two blocks of unequal size.
class BatchNormTest : public testing::Test {
 protected:
  BatchNormTest() {
    norm_.begin(2);
    norm_.add_moments(0, Storage::fp32, y_.data(), 4 * kChannels);
    norm_.add_moments(1, Storage::fp32, y_.data() + 4 * kChannels, 8 * kChannels);
    norm_.finish_moments(weight_.data(), bias_.data(), running_mean_.data(), running_variance_.data());
  }

  Stream stream_{2};
  std::vector<float> y_ = random_values(kPixels * kChannels, stream_);
  std::vector<float> weight_ = random_values(kChannels, stream_);
  std::vector<float> bias_ = random_values(kChannels, stream_);
  std::vector<float> running_mean_ = std::vector<float>(kChannels, 0.5F);
  std::vector<float> running_variance_ = std::vector<float>(kChannels, 2.0F);
  BatchNorm norm_{{.name = "bn", .shape = {.channels = kChannels, .height = 3, .width = 4}}};
};

TEST_F(BatchNormTest, NormalisesOverAllBlocks) {
  const auto expected = by_definition(doubles(y_), weight_, bias_);
  std::vector<float> z(y_.size());
  const Term term{
      .x = y_.data(), .scale = norm_.tile(PerChannel::scale), .shift = norm_.tile(PerChannel::shift), .mask = nullptr};
  combine(Storage::fp32, {&term, 1}, y_.size(), tile_length(kChannels), z.data(), nullptr);
  for (std::size_t i = 0; i < z.size(); ++i) EXPECT_NEAR(z[i], expected[i], 1e-5);
}

TEST_F(BatchNormTest, MovesTheRunningStatisticsATenthOfTheWay) {
  for (std::size_t c = 0; c < kChannels; ++c) {
    double mean = 0;
    double squares = 0;
    for (std::size_t i = c; i < y_.size(); i += kChannels) mean += y_[i] / static_cast<double>(kPixels);
    for (std::size_t i = c; i < y_.size(); i += kChannels) squares += (y_[i] - mean) * (y_[i] - mean);
    EXPECT_NEAR(running_mean_[c], 0.9 * 0.5 + 0.1 * mean, 1e-6);
    EXPECT_NEAR(running_variance_[c], 0.9 * 2 + 0.1 * squares / (kPixels - 1), 1e-6);  // unbiased, as PyTorch has it
  }
}

TEST_F(BatchNormTest, HasTheGradientOfDifferences) {
  const auto g = random_values(y_.size(), stream_);
  norm_.begin(2);
  norm_.add_reduction(0, Storage::fp32, g.data(), y_.data(), 4 * kChannels);
  norm_.add_reduction(1, Storage::fp32, g.data() + 4 * kChannels, y_.data() + 4 * kChannels, 8 * kChannels);
  std::vector<float> weight_gradient(kChannels), bias_gradient(kChannels), dy(y_.size());
  norm_.finish_reduction(weight_.data(), weight_gradient.data(), bias_gradient.data());
  const Term terms[] = {{.x = g.data(),
                         .scale = norm_.tile(PerChannel::gradient_scale),
                         .shift = norm_.tile(PerChannel::gradient_shift),
                         .mask = nullptr},
                        {.x = y_.data(),
                         .scale = norm_.tile(PerChannel::input_scale),
                         .shift = norm_.tile(PerChannel::zero),
                         .mask = nullptr}};
  combine(Storage::fp32, terms, y_.size(), tile_length(kChannels), dy.data(), nullptr);
  const auto expected = by_differences([&](const std::vector<double>& y) { return by_definition(y, weight_, bias_); },
                                       doubles(y_), doubles(g));
  for (std::size_t i = 0; i < dy.size(); ++i) EXPECT_NEAR(dy[i], expected[i], 1e-5) << i;
  const auto normalised = by_definition(doubles(y_), std::vector<float>(kChannels, 1), std::vector<float>(kChannels));
  for (std::size_t c = 0; c < kChannels; ++c) {
    double weight = 0;
    double bias = 0;
    for (std::size_t i = c; i < g.size(); i += kChannels) {
      weight += g[i] * normalised[i];
      bias += g[i];
    }
    EXPECT_NEAR(weight_gradient[c], weight, 1e-5);
    EXPECT_NEAR(bias_gradient[c], bias, 1e-5);
  }
}

TEST_F(BatchNormTest, RefusesABatchOfOneValue) {
  BatchNorm norm({.name = "stage1.bn", .shape = {.channels = 1, .height = 1, .width = 1}});
  norm.begin(1);
  norm.add_moments(0, Storage::fp32, y_.data(), 1);
  EXPECT_THROW(norm.finish_moments(weight_.data(), bias_.data(), running_mean_.data(), running_variance_.data()),
               UsageError);
}

}  // namespace
}  // namespace tse::cpu
