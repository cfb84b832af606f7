#include "tse/net/convolution.h"

#include <torch/version.h>

#include "tse/cpu/instruction_set.h"

namespace tse {
namespace {

constexpr std::int64_t kVector = 16;

std::int64_t lacking(std::int64_t channels) { return (kVector - channels % kVector) % kVector; }

/// (out,in/groups,K,K) to (out,in,K,K), zero where a group does not see a channel.
torch::Tensor without_groups(const torch::Tensor& weight, std::int64_t groups) {
  const std::int64_t out = weight.size(0) / groups;
  const std::int64_t in = weight.size(1);
  const std::int64_t height = weight.size(2);
  const std::int64_t width = weight.size(3);
  const torch::Tensor by_group = weight.view({groups, out, in, height, width}).permute({1, 2, 3, 4, 0});
  return torch::diag_embed(by_group).permute({4, 0, 5, 1, 2, 3}).reshape({groups * out, groups * in, height, width});
}

}  // namespace

bool has_sound_convolutions() {
#if TORCH_VERSION_MAJOR >= 2
  static const bool sound = !cpu::hides_caches();
  return sound;
#else
  return true;
#endif
}

void leave_out_unsound_convolutions() {
  if (!has_sound_convolutions()) at::globalContext().setUserEnabledMkldnn(false);
}

torch::Tensor aligned_conv2d(const torch::Tensor& images, const torch::Tensor& weight, const torch::Tensor& bias,
                             const op::Conv2d& conv) {
  const std::int64_t in = lacking(images.size(1));
  const std::int64_t out = lacking(weight.size(0));
  const torch::Tensor dense = conv.groups == 1 ? weight : without_groups(weight, conv.groups);
  const auto plain = torch::MemoryFormat::Contiguous;
  const torch::Tensor result = torch::conv2d(
      torch::constant_pad_nd(images, {0, 0, 0, 0, 0, in}).contiguous(plain),
      torch::constant_pad_nd(dense, {0, 0, 0, 0, 0, in, 0, out}).contiguous(plain),
      bias.defined() ? torch::constant_pad_nd(bias, {0, out}) : bias, conv.stride, conv.padding, conv.dilation);
  return result.narrow(1, 0, weight.size(0)).contiguous(torch::MemoryFormat::ChannelsLast);
}

torch::Tensor conv2d(const torch::Tensor& images, const torch::Tensor& weight, const torch::Tensor& bias,
                     const op::Conv2d& conv) {
  if (!has_sound_convolutions() && images.is_cpu() && images.scalar_type() != torch::kDouble)
    return aligned_conv2d(images, weight, bias, conv);
  return torch::conv2d(images, weight, bias, conv.stride, conv.padding, conv.dilation, conv.groups);
}

}  // namespace tse
