#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>

#include "tse/net/replay.h"

namespace tse {

// What cuda.cpp does where there are CUDA's headers, and cuda_none.cpp elsewhere.

/// As its maker calls it; empty where nobody knows.
std::string card_name(const torch::Device& device);

/// Whether this build can record CUDA graphs.
bool has_graphs();

/// As `record`, on a GPU.
std::unique_ptr<Replay> record_graph(const std::function<void()>& work, const Replay* beside);

}  // namespace tse
