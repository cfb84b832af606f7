#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tse/space/graph.h"

namespace tse {

/// The names of the numbers that a graph gives, for conditions on architectures.
std::vector<std::string> graph_numbers();

bool is_graph_number(std::string_view name);

/// One of them: `params` and `macs` (as `parameters` and `macs` count), and of the network as it runs, all that reaches
/// the output: `convolutions`, `depth` (the most convolutions and linear layers on a path from images to output) and
/// `activations` (values that all its nodes hold for one image). UsageError at `place` where there is no such number.
double graph_number(std::string_view name, const Graph& graph, std::string_view place);

}  // namespace tse
