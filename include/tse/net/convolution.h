#pragma once

#include <torch/torch.h>

#include "tse/space/op.h"

namespace tse {

/// Whether libtorch's convolutions on this CPU are right for all channels. Of one that hides its caches oneDNN 3
/// believes that they hold a byte: it is wrong there, or divides by zero, where channels are no multiples of a vector
/// or in groups (docs/design/cpu.md).
bool has_sound_convolutions();

/// Where they are not, libtorch computes convolutions by itself from here on, right and slow.
void leave_out_unsound_convolutions();

/// (N,in,H,W) to (N,out,H',W') channels-last, as torch::conv2d; where that is not sound, by `aligned_conv2d`. `bias`
/// may be undefined.
torch::Tensor conv2d(const torch::Tensor& images, const torch::Tensor& weight, const torch::Tensor& bias,
                     const op::Conv2d& conv);

/// The same by a convolution without groups whose channels are multiples of 16 and not last in memory, with zeros for
/// weights that there are not.
torch::Tensor aligned_conv2d(const torch::Tensor& images, const torch::Tensor& weight, const torch::Tensor& bias,
                             const op::Conv2d& conv);

}  // namespace tse
