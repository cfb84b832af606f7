#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "kernels.h"
#include "tse/plan/plan.h"

namespace tse::cpu {

using plan::kBatchNormEps;
using plan::kBatchNormMomentum;
using plan::kPerChannel;
using plan::PerChannel;

/// One batch norm: from the sums that the blocks of a batch made, in the blocks' order, to what its terms multiply
/// with.
class BatchNorm {
 public:
  explicit BatchNorm(const plan::PlannedNorm& planned);

  const std::string& name() const { return name_; }
  const op::BatchNorm& op() const { return op_; }

  /// Makes room for the sums of so many blocks.
  void begin(int blocks);

  /// A block's part: sums over `count` values.
  void add_moments(int block, Storage storage, const void* y, std::size_t count);
  void add_reduction(int block, Storage storage, const void* g, const void* y, std::size_t count);

  // A norm without scale and shift has null for them and their gradients, one without running statistics for those.

  /// Mean and variance of the batch, and the running ones.
  void finish_moments(const float* weight, const float* bias, float* running_mean, float* running_variance);

  /// The running statistics instead.
  void use_running(const float* weight, const float* bias, const float* running_mean, const float* running_variance);

  /// Gradients of weight and bias, and what that of the input is made of.
  void finish_reduction(const float* weight, float* weight_gradient, float* bias_gradient);

  const float* tile(PerChannel which) const;

 private:
  void set(PerChannel which, std::span<const float> values);

  struct Sums {
    std::size_t values = 0;  // per channel
    std::vector<float> pivot, first, second;
  };

  std::string name_;
  op::BatchNorm op_;
  std::size_t channels_;
  std::vector<Sums> sums_;
  std::size_t values_ = 0;  // per channel, of the batch
  std::vector<double> mean_, inverse_deviation_;
  ChannelTile means_;
  std::array<ChannelTile, kPerChannel> tiles_;
};

}  // namespace tse::cpu
