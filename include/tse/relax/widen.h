#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "tse/net/parameter_store.h"
#include "tse/space/graph.h"

namespace tse {

/// Which channels are doubled: (more) indices below `channels`, for the input or output of the option at this path.
using DrawChannels =
    std::function<torch::Tensor(const std::string& path, bool output, std::int64_t channels, std::int64_t more)>;

/// Uniform with replacement, from the seed and the path.
DrawChannels channel_draws(std::uint64_t seed);

/// Gives the parameters, running statistics and momenta of a store the shapes that a wider graph needs: channels that
/// are missing are copies of drawn ones, unscaled, a convolution's outputs those of the batch norm behind it (DrNAS,
/// Chen et al. 2021, arXiv 2006.10355, as released: progressive learning).
void widen(ParameterStore& store, std::map<std::string, torch::Tensor>& momenta, const Graph& wider,
           const DrawChannels& draw);

}  // namespace tse
