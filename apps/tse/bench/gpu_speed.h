#pragma once

#include <string>
#include <vector>

#include "bench/contest.h"

namespace tse::cli {

/// How fast the contestants train each network on a GPU, and how often as fast as `eager` and as `recorded-lanes`.
Json measure_gpu_training(const std::vector<Entry>& networks, const ContestOptions& options);

/// The same as a table.
std::string gpu_training_text(const Json& result);

}  // namespace tse::cli
