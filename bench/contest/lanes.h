#pragma once

#include <torch/torch.h>

#include <cstddef>
#include <functional>

#include "meter.h"

namespace tse::bench {

/// Calls `train` once for each lane of the meter, several of them at once, each on a stream of the device of its own.
/// Where one fails the others end, and its error comes out.
void in_lanes(std::size_t lanes, const torch::Device& device, Meter& meter,
              const std::function<void(std::size_t lane)>& train);

}  // namespace tse::bench
