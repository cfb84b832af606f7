#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>

#include "tse/base/file.h"
#include "tse/export/model.h"

namespace tse {

/// The model as a TorchScript archive, which `torch.jit.load` reads without any source: `forward` takes the images,
/// parameters and buffers have the names of ours, and the attributes `class_names` (List[str]), `input_shape`
/// (List[int], C,H,W) and `facts` (Dict[str, str]) say what it is. In evaluation for good: it draws and learns nothing.
Bytes to_torchscript(const Model& model);

/// Logits that the archive gives for the images. DataError where it cannot be loaded or run.
torch::Tensor run_torchscript(std::span<const std::uint8_t> archive, const torch::Tensor& images);

}  // namespace tse
