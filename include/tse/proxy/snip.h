#pragma once

#include <string>

#include "tse/net/parameter_store.h"
#include "tse/space/graph.h"

namespace tse {

/// SNIP (Lee et al. 2019, arXiv 1810.02340, equation 5): sum |w dL/dw|, from the gradients that the store's parameters
/// have after Network::loss_and_gradients of one batch; a parameter without one counts as zero. Of `parameters`
/// "weights" those of convolutions and linear layers alone, of "all" every parameter (rubinxin/TSE, whose code pairs
/// them with the wrong gradients where one has none; this does not).
double snip(const Graph& graph, const ParameterStore& store, const std::string& parameters);

}  // namespace tse
