#include "batch_norm.h"

#include <algorithm>
#include <cmath>

#include "tse/base/error.h"

namespace tse::cpu {
namespace {

double or_one(const float* values, std::size_t i) { return values == nullptr ? 1 : values[i]; }
double or_zero(const float* values, std::size_t i) { return values == nullptr ? 0 : values[i]; }

}  // namespace

BatchNorm::BatchNorm(const plan::PlannedNorm& planned)
    : name_(planned.name),
      op_(planned.op),
      channels_(static_cast<std::size_t>(planned.shape.channels)),
      mean_(channels_),
      inverse_deviation_(channels_) {
  set(PerChannel::zero, std::vector<float>(channels_));
}

void BatchNorm::begin(int blocks) {
  sums_.resize(static_cast<std::size_t>(blocks));
  for (Sums& sums : sums_) {
    sums.pivot.resize(channels_);
    sums.first.resize(channels_);
    sums.second.resize(channels_);
  }
}

void BatchNorm::add_moments(int block, Storage storage, const void* y, std::size_t count) {
  Sums& sums = sums_[static_cast<std::size_t>(block)];
  sums.values = count / channels_;
  moments(storage, y, count, static_cast<int>(channels_), sums.pivot.data(), sums.first.data(), sums.second.data());
}

void BatchNorm::add_reduction(int block, Storage storage, const void* g, const void* y, std::size_t count) {
  Sums& sums = sums_[static_cast<std::size_t>(block)];
  reduce(storage, g, y, count, static_cast<int>(channels_), means_.data(), sums.first.data(), sums.second.data());
}

void BatchNorm::finish_moments(const float* weight, const float* bias, float* running_mean, float* running_variance) {
  std::vector<float> scale(channels_), shift(channels_), mean_values(channels_);
  for (std::size_t c = 0; c < channels_; ++c) {
    double mean = 0;
    double squares = 0;  // of the distances from the mean
    double n = 0;
    for (const Sums& sums : sums_) {
      const auto m = static_cast<double>(sums.values);
      const double block_mean = sums.pivot[c] + sums.first[c] / m;
      const double block_squares = sums.second[c] - static_cast<double>(sums.first[c]) * sums.first[c] / m;
      const double distance = block_mean - mean;
      squares += block_squares + distance * distance * n * m / (n + m);
      mean += distance * m / (n + m);
      n += m;
    }
    if (n < 2) throw UsageError(name_, "expected more than one value per channel to normalise a batch; got 1");
    const double variance = std::max(0.0, squares / n);
    values_ = static_cast<std::size_t>(n);
    mean_[c] = mean;
    inverse_deviation_[c] = 1 / std::sqrt(variance + kBatchNormEps);
    const double factor = or_one(weight, c) * inverse_deviation_[c];
    scale[c] = static_cast<float>(factor);
    shift[c] = static_cast<float>(or_zero(bias, c) - mean * factor);
    mean_values[c] = static_cast<float>(mean);
    if (running_mean == nullptr) continue;
    running_mean[c] += kBatchNormMomentum * (static_cast<float>(mean) - running_mean[c]);
    running_variance[c] += kBatchNormMomentum * (static_cast<float>(squares / (n - 1)) - running_variance[c]);
  }
  set(PerChannel::scale, scale);
  set(PerChannel::shift, shift);
  fill(means_, mean_values);
}

void BatchNorm::use_running(const float* weight, const float* bias, const float* running_mean,
                            const float* running_variance) {
  std::vector<float> scale(channels_), shift(channels_);
  for (std::size_t c = 0; c < channels_; ++c) {
    const double factor = or_one(weight, c) / std::sqrt(static_cast<double>(running_variance[c]) + kBatchNormEps);
    scale[c] = static_cast<float>(factor);
    shift[c] = static_cast<float>(or_zero(bias, c) - running_mean[c] * factor);
  }
  set(PerChannel::scale, scale);
  set(PerChannel::shift, shift);
}

// With x = (y - mean)*r and r the inverse deviation: dy = weight*r * (g - mean(g) - x*mean(g*x)), which is one term in
// g and one in y (Ioffe and Szegedy 2015, arXiv 1502.03167, section 3).
void BatchNorm::finish_reduction(const float* weight, float* weight_gradient, float* bias_gradient) {
  std::vector<float> scale(channels_), shift(channels_), input(channels_);
  const auto n = static_cast<double>(values_);
  for (std::size_t c = 0; c < channels_; ++c) {
    double sum_g = 0;
    double sum_gy = 0;  // of g*(y - mean)
    for (const Sums& sums : sums_) {
      sum_g += sums.first[c];
      sum_gy += sums.second[c];
    }
    const double r = inverse_deviation_[c];
    if (weight != nullptr) {
      weight_gradient[c] = static_cast<float>(sum_gy * r);
      bias_gradient[c] = static_cast<float>(sum_g);
    }
    const double a = or_one(weight, c) * r;
    const double b = -a * r * r * sum_gy / n;
    scale[c] = static_cast<float>(a);
    input[c] = static_cast<float>(b);
    shift[c] = static_cast<float>(-a * sum_g / n - b * mean_[c]);
  }
  set(PerChannel::gradient_scale, scale);
  set(PerChannel::gradient_shift, shift);
  set(PerChannel::input_scale, input);
}

const float* BatchNorm::tile(PerChannel which) const {
  return which == PerChannel::none ? nullptr : tiles_[static_cast<std::size_t>(which)].data();
}

void BatchNorm::set(PerChannel which, std::span<const float> values) {
  fill(tiles_[static_cast<std::size_t>(which)], values);
}

}  // namespace tse::cpu
