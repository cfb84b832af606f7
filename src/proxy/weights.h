#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "tse/net/parameter_store.h"
#include "tse/space/graph.h"

namespace tse {

/// The convolutions and linear layers, by name.
std::vector<std::string> weighted_layers(const Graph& graph);

/// sum |w g| of a parameter and its gradient g; 0 where it has none, since nothing depends on it.
double flow(const torch::Tensor& parameter);

}  // namespace tse
