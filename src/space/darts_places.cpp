#include "darts_places.h"

#include <fmt/format.h>

namespace tse {
namespace {

constexpr int kPlaces = 3;  // of a node: its inputs, and the operation on each

std::size_t place_of(int cell, int node, int which) {
  return static_cast<std::size_t>((cell * kCellNodes + node - kCellInputs) * kPlaces + which);
}

}  // namespace

std::vector<std::string> darts_operations(bool none) {
  std::vector<std::string> names = {"max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3",
                                    "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5"};
  if (none) names.insert(names.begin(), "none");
  return names;
}

std::vector<DartsInputs> darts_inputs(int earlier, bool repeated) {
  std::vector<DartsInputs> all;
  for (int first = 0; first < earlier; ++first) {
    for (int second = repeated ? first : first + 1; second < earlier; ++second) all.emplace_back(first, second);
  }
  return all;
}

Choices darts_choices(const DartsOptions& options) {
  std::vector<Place> places;
  for (const char* cell : kDartsCells) {
    for (int node = kCellInputs; node < kCellInputs + kCellNodes; ++node) {
      std::vector<std::string> inputs;
      for (const auto& [first, second] : darts_inputs(node, options.repeated))
        inputs.push_back(fmt::format("{},{}", first, second));
      places.push_back({.name = fmt::format("{}.node_{}.inputs", cell, node), .options = std::move(inputs)});
      for (const char* which : {"first", "second"})
        places.push_back(
            {.name = fmt::format("{}.node_{}.{}", cell, node, which), .options = darts_operations(options.none)});
    }
  }
  return Choices(std::move(places));
}

std::string darts_edge_name(const char* cell, int to, int from) { return fmt::format("{}.edge_{}_{}", cell, to, from); }

std::size_t darts_edge_number(int cell, int to, int from) {
  constexpr int kEdges = 14;  // of a cell
  return static_cast<std::size_t>(cell * kEdges + (to - kCellInputs) * (to + 1) / 2 + from);
}

Choices darts_edges(const DartsOptions& options) {
  std::vector<Place> places;
  for (const char* cell : kDartsCells) {
    for (int to = kCellInputs; to < kCellInputs + kCellNodes; ++to) {
      for (int from = 0; from < to; ++from)
        places.push_back({.name = darts_edge_name(cell, to, from), .options = darts_operations(options.none)});
    }
  }
  return Choices(std::move(places));
}

std::array<DartsEdge, 2> darts_node_edges(const Picks& picks, const DartsOptions& options, int cell, int node) {
  const DartsInputs inputs =
      darts_inputs(node, options.repeated).at(static_cast<std::size_t>(picks.at(place_of(cell, node, 0))));
  return {DartsEdge{picks.at(place_of(cell, node, 1)), inputs.first},
          DartsEdge{picks.at(place_of(cell, node, 2)), inputs.second}};
}

}  // namespace tse
