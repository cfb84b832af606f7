#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tse/base/file.h"

namespace tse {

/// Tensors of float32 in the safetensors format (https://github.com/huggingface/safetensors): eight bytes that give the
/// length of a JSON header, the header, the values. `facts` become its `__metadata__`.
Bytes to_safetensors(const std::map<std::string, torch::Tensor>& tensors,
                     const std::vector<std::pair<std::string, std::string>>& facts = {});

/// The tensors of such a file. DataError at `place` where it is cut short, or of other types than float32.
std::map<std::string, torch::Tensor> from_safetensors(std::span<const std::uint8_t> file, std::string_view place);

}  // namespace tse
