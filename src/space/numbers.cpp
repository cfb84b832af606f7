#include "tse/space/numbers.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <variant>

#include "tse/base/error.h"
#include "tse/base/option.h"
#include "tse/space/passes.h"

namespace tse {
namespace {

bool is_convolution(const Node& node) { return std::holds_alternative<op::Conv2d>(node.op); }

double convolutions(const Graph& graph) {
  const Graph simple = simplified(graph);
  return static_cast<double>(std::ranges::count_if(simple.nodes(), is_convolution));
}

double depth(const Graph& graph) {
  const Graph simple = simplified(graph);
  std::vector<int> depths;
  for (const Node& node : simple.nodes()) {
    int before = 0;
    for (const NodeId input : node.inputs) before = std::max(before, depths[static_cast<std::size_t>(input)]);
    depths.push_back(before + (is_convolution(node) || std::holds_alternative<op::Linear>(node.op) ? 1 : 0));
  }
  return depths.empty() ? 0 : depths.back();
}

double activations(const Graph& graph) {
  const Graph simple = simplified(graph);
  double values = 0;
  for (const Node& node : simple.nodes()) values += static_cast<double>(node.shape.elements());
  return values;
}

using Number = double (*)(const Graph&);

constexpr std::array<std::pair<const char*, Number>, 5> kNumbers = {{
    {"params", [](const Graph& graph) { return static_cast<double>(parameters(graph)); }},
    {"macs", [](const Graph& graph) { return static_cast<double>(macs(graph)); }},
    {"convolutions", convolutions},
    {"depth", depth},
    {"activations", activations},
}};

}  // namespace

std::vector<std::string> graph_numbers() {
  std::vector<std::string> names;
  for (const auto& [name, number] : kNumbers) names.emplace_back(name);
  return names;
}

bool is_graph_number(std::string_view name) {
  return std::ranges::any_of(kNumbers, [&](const auto& known) { return name == known.first; });
}

double graph_number(std::string_view name, const Graph& graph, std::string_view place) {
  for (const auto& [known, number] : kNumbers) {
    if (name == known) return number(graph);
  }
  throw UsageError(place, "{}", unknown_name("number", std::string(name), graph_numbers()));
}

}  // namespace tse
