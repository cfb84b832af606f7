#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>

#include "tse/base/file.h"
#include "tse/export/model.h"

namespace tse {

/// The model as an ONNX file (https://onnx.ai) of opset 13: input `images` (N,C,H,W) with N left open, output `logits`
/// (N,classes). Its metadata_props are the model's facts and, as JSON, `class_names`.
Bytes to_onnx(const Model& model);

/// Logits that the file gives for the images: its nodes, attributes and tensors as they are read back, one libtorch
/// operation for each node. Only for what `to_onnx` writes. DataError where it is something else.
torch::Tensor run_onnx(std::span<const std::uint8_t> file, const torch::Tensor& images);

}  // namespace tse
