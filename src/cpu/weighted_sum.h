#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels.h"
#include "tse/plan/plan.h"

namespace tse::cpu {

/// The coefficients of one sum, as its terms multiply with them, and their gradients from the products that the blocks
/// of a batch made, in the blocks' order.
class WeightedSum {
 public:
  explicit WeightedSum(const plan::PlannedSum& planned);

  /// The tensor behind the coefficients, (inputs); empty where they are constants.
  const std::string& parameter() const { return parameter_; }

  /// Takes that tensor's values; null for constants.
  void set(const float* values);

  const float* tile(int input) const { return tiles_[static_cast<std::size_t>(input)].data(); }
  const float* zero() const { return zero_.data(); }

  /// Makes room for the products of so many blocks.
  void begin(int blocks);

  /// A block's part of the gradient of one coefficient: the sum of g*x.
  void add_product(int block, int input, Storage storage, const void* g, const void* x, std::size_t count);

  /// Adds the gradient of the tensor, which several sums may share.
  void finish(float* gradient) const;

 private:
  op::Sum op_;
  std::size_t inputs_;
  std::string parameter_;
  std::vector<float> coefficients_;
  std::vector<ChannelTile> tiles_;
  ChannelTile zero_;
  std::vector<double> products_;  // (blocks, inputs)
};

}  // namespace tse::cpu
