#include "net/padded_avg_pool.h"

#include <gtest/gtest.h>

namespace tse {
namespace {

/// The result, and the gradient of its product with fixed values.
template <class Pool>
std::pair<torch::Tensor, torch::Tensor> pooled(const torch::Tensor& images, const Pool& pool) {
  const torch::Tensor x = images.detach().clone().requires_grad_();
  const torch::Tensor y = pool(x);
  const torch::Tensor weights = torch::arange(y.numel(), torch::kDouble).reshape(y.sizes()).cos();
  return {y.detach(), torch::autograd::grad({(y * weights).sum()}, {x})[0]};
}

TEST(PaddedAvgPool, IsLibtorchsOwnOfACpu) {
  torch::manual_seed(1);
  PaddedAvgPool ours;
  for (const auto& [pool, height, width] :
       std::vector<std::tuple<op::AvgPool, int, int>>{{{.kernel = 3, .stride = 1, .padding = 1}, 4, 7},
                                                      {{.kernel = 3, .stride = 1, .padding = 1}, 7, 4},
                                                      {{.kernel = 3, .stride = 1, .padding = 1}, 1, 1},
                                                      {{.kernel = 3, .stride = 2, .padding = 1}, 8, 5},
                                                      {{.kernel = 5, .stride = 1, .padding = 2}, 6, 6},
                                                      {{.kernel = 2, .stride = 2, .padding = 1}, 6, 3}}) {
    const torch::Tensor images =
        torch::randn({2, 3, height, width}, torch::kDouble).contiguous(torch::MemoryFormat::ChannelsLast);
    const auto [value, gradient] = pooled(images, [&, pool = pool](const torch::Tensor& x) { return ours(x, pool); });
    const auto [exact_value, exact_gradient] = pooled(images, [&, pool = pool](const torch::Tensor& x) {
      return torch::avg_pool2d(x, pool.kernel, pool.stride, pool.padding, false, /*count_include_pad=*/false);
    });
    EXPECT_TRUE(torch::allclose(value, exact_value, 1e-12, 1e-12)) << pool.kernel << ' ' << height;
    EXPECT_TRUE(torch::allclose(gradient, exact_gradient, 1e-12, 1e-12)) << pool.kernel << ' ' << height;
  }
}

}  // namespace
}  // namespace tse
