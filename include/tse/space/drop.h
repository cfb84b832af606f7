#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tse {

/// What a node that drops multiplies its values by in one training step: `count` factors, each 0 with probability
/// `rate` and 1/(1-rate) else. Of drop path one per image; of dropout one per value, in the order (N,C,H,W). Drawn from
/// (seed, the node's name) on the host, so every implementation, on any device, drops the same.
std::vector<float> drop_factors(std::uint64_t seed, const std::string& node, std::size_t count, double rate);

}  // namespace tse
