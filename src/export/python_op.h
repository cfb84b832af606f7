#pragma once

#include <string>
#include <vector>

#include "tse/space/graph.h"

namespace tse {

/// The constructor of the nn.Module that a node is, as "nn.ReLU()"; empty where the node is an expression. It is called
/// on one value, but for that of a sum, which is called on all.
std::string python_module(const Graph& graph, const Node& node);

/// Whether its module takes and gives images, and so can stand in an nn.Sequential.
bool stands_in_sequence(const Node& node);

/// The expression of a node whose inputs are these variables; of one with a module, the call of it by this name.
/// `last`: it is the network's output, whose logits are (N,classes).
std::string python_expression(const Graph& graph, const Node& node, const std::string& module,
                              const std::vector<std::string>& inputs, bool last);

/// Definitions of the modules that PyTorch lacks and the graph has.
std::string python_helpers(const Graph& graph);

}  // namespace tse
