#pragma once

#include <string>
#include <vector>

#include "bench/contest.h"
#include "bench/roofline.h"

namespace tse::cli {

/// How fast the contestants train each network, beside what this machine could do.
Json measure_training(const std::vector<Entry>& networks, const ContestOptions& options, const MachineRates& rates);

/// The same as a table.
std::string training_text(const Json& result);

}  // namespace tse::cli
