#pragma once

#include <torch/torch.h>

#include <map>
#include <tuple>

#include "tse/space/op.h"

namespace tse {

/// Average pooling whose padding is an operation of its own. libtorch gives wrong gradients of padded average pooling
/// of channels-last images on a GPU (https://github.com/pytorch/pytorch/issues/188344, in all versions up to 2.12),
/// right ones where its pooling pads nothing.
class PaddedAvgPool {
 public:
  torch::Tensor operator()(const torch::Tensor& images, const op::AvgPool& pool);

 private:
  const torch::Tensor& factors(const torch::Tensor& images, const op::AvgPool& pool);

  /// By window, image and type: the values of a window over those of them that are no padding.
  std::map<std::tuple<int, int, int, std::int64_t, std::int64_t, torch::ScalarType>, torch::Tensor> factors_;
};

}  // namespace tse
