#pragma once

#include <functional>
#include <memory>

#include "tse/net/replay.h"

namespace tse {

/// Whether this build can record CUDA graphs.
bool has_graphs();

/// As `record`, on a GPU.
std::unique_ptr<Replay> record_graph(const std::function<void()>& work, const Replay* beside);

}  // namespace tse
