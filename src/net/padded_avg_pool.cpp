#include "padded_avg_pool.h"

namespace tse {
namespace {

torch::Tensor with_padding(const torch::Tensor& images, int by) {
  return torch::constant_pad_nd(images, {by, by, by, by});
}

torch::Tensor means_of_windows(const torch::Tensor& padded, const op::AvgPool& pool) {
  return torch::avg_pool2d(padded, pool.kernel, pool.stride);
}

}  // namespace

torch::Tensor PaddedAvgPool::operator()(const torch::Tensor& images, const op::AvgPool& pool) {
  const torch::Tensor means = means_of_windows(with_padding(images, pool.padding), pool);
  return means * factors(images, pool);
}

const torch::Tensor& PaddedAvgPool::factors(const torch::Tensor& images, const op::AvgPool& pool) {
  const std::int64_t height = images.size(2);
  const std::int64_t width = images.size(3);
  torch::Tensor& known = factors_[{pool.kernel, pool.stride, pool.padding, height, width, images.scalar_type()}];
  if (!known.defined()) {
    const torch::NoGradGuard no_grad;
    const auto wide = torch::TensorOptions(torch::kDouble).device(images.device());
    const torch::Tensor shares =
        means_of_windows(with_padding(torch::ones({1, 1, height, width}, wide), pool.padding), pool);
    known = shares.reciprocal().to(images.scalar_type());
  }
  return known;
}

}  // namespace tse
