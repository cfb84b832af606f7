#pragma once

#include <torch/torch.h>

#include <string>

namespace tse {

/// The device of this name, "cpu" or "cuda". DataError where this machine has none.
torch::Device find_device(const std::string& name);

}  // namespace tse
