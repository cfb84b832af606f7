#pragma once

#include <map>
#include <string>

#include "tse/net/parameter_store.h"
#include "tse/space/graph.h"

namespace tse {

/// SynFlow (Tanaka et al. 2020, arXiv 2006.05467, equation 3; as a score Abdelfattah et al. 2021, arXiv 2101.08134):
/// sum |w dR/dw| over the weights of convolutions and linear layers. R is the sum of outputs for one image of ones, of
/// the network without batch norm, dropping nothing, with every parameter replaced by its absolute value. In double:
/// the values grow with the product of the layers' fan-ins, to 1e80 for deep cells of NAS-Bench-201. NoScore where that
/// is not enough. The store, which must have the graph's parameters, stays as it is.
double synflow(const Graph& graph, const ParameterStore& store);

/// Each layer's part of it, by the layer's name. What flows is conserved: without biases, layers that all paths run
/// through have equal parts, R.
std::map<std::string, double> synflow_by_layer(const Graph& graph, const ParameterStore& store);

}  // namespace tse
