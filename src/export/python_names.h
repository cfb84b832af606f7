#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tse/space/graph.h"

namespace tse {

/// For each node a dotted path of attributes that Python and TorchScript take: its own name where that is one, else one
/// near it. No two are equal, and none leads through another.
std::vector<std::string> python_paths(const Graph& graph);

/// A number as Python reads it, to the last bit.
std::string python_number(double value);

/// A Python string literal, whatever is in the text.
std::string python_text(std::string_view text);

}  // namespace tse
