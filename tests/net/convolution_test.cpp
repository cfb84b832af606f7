#include "tse/net/convolution.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace tse {
namespace {

struct Case {
  int in;
  int size;
  op::Conv2d conv;
};

/// The result, and its gradients to images, weight and bias after a product with fixed values.
template <class Convolve>
std::vector<torch::Tensor> convolved(const Case& c, torch::ScalarType type, const Convolve& convolve) {
  torch::manual_seed(1);
  const auto leaf = [&](const std::vector<std::int64_t>& shape) {
    return torch::randn(shape, torch::kDouble).to(type).requires_grad_();
  };
  const torch::Tensor images = leaf({3, c.in, c.size, c.size});
  const torch::Tensor weight = leaf({c.conv.out, c.in / c.conv.groups, c.conv.kernel, c.conv.kernel});
  const torch::Tensor bias = c.conv.bias ? leaf({c.conv.out}) : torch::Tensor();
  const torch::Tensor result = convolve(images, weight, bias, c.conv);
  const torch::Tensor factors = torch::arange(result.numel(), torch::kDouble).reshape(result.sizes()).cos().to(type);
  std::vector<torch::Tensor> inputs = {images, weight};
  if (bias.defined()) inputs.push_back(bias);
  std::vector<torch::Tensor> all = torch::autograd::grad({(result * factors).sum()}, inputs);
  all.push_back(result.detach());
  return all;
}

torch::Tensor plain(const torch::Tensor& images, const torch::Tensor& weight, const torch::Tensor& bias,
                    const op::Conv2d& conv) {
  return torch::conv2d(images, weight, bias, conv.stride, conv.padding, conv.dilation, conv.groups);
}

const std::vector<Case> kCases = {
    {3, 9, {.out = 16, .kernel = 3, .padding = 1}},
    {21, 8, {.out = 34, .kernel = 3, .stride = 2, .padding = 1}},
    {16, 8, {.out = 32, .kernel = 1, .stride = 2, .bias = true}},
    {12, 8, {.out = 20, .kernel = 3, .padding = 1, .groups = 4, .bias = true}},
    {10, 9, {.out = 10, .kernel = 5, .padding = 4, .dilation = 2, .groups = 10}},
    {5, 7, {.out = 15, .kernel = 3, .stride = 2, .groups = 5}},
};

TEST(Convolution, OfAlignedChannelsIsLibtorchsInFloat64) {
  for (const Case& c : kCases) {
    const auto ours = convolved(c, torch::kDouble, aligned_conv2d);
    const auto exact = convolved(c, torch::kDouble, plain);
    ASSERT_EQ(ours.size(), exact.size());
    for (std::size_t i = 0; i < ours.size(); ++i)
      EXPECT_TRUE(torch::allclose(ours[i], exact[i], 1e-12, 1e-12)) << c.in << " to " << c.conv.out << ", " << i;
  }
}

/// On every CPU, also where libtorch's own is not.
TEST(Convolution, IsRightInFloat) {
  for (const Case& c : kCases) {
    const auto ours = convolved(c, torch::kFloat, conv2d);
    const auto exact = convolved(c, torch::kDouble, plain);
    for (std::size_t i = 0; i < ours.size(); ++i)
      EXPECT_TRUE(torch::allclose(ours[i].to(torch::kDouble), exact[i], 1e-4, 1e-4))
          << c.in << " to " << c.conv.out << ", " << i;
  }
}

}  // namespace
}  // namespace tse
