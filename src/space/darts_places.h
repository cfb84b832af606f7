#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tse/space/choices.h"
#include "tse/space/darts.h"

namespace tse {

// How the choices of the space of DARTS are numbered: of one architecture, and of the mixture of all edges.

constexpr int kCellInputs = 2;  // of a cell: the outputs of the two before it
constexpr int kCellNodes = 4;   // of a cell, numbered from kCellInputs
constexpr std::array<const char*, 2> kDartsCells = {"normal", "reduce"};

/// In the authors' order, `none` first where it is one.
std::vector<std::string> darts_operations(bool none);

using DartsInputs = std::pair<int, int>;  // the first not behind the second

/// What a node may take in, by the number of earlier ones.
std::vector<DartsInputs> darts_inputs(int earlier, bool repeated);

/// Of an architecture: for each node its inputs, and the operation on each.
Choices darts_choices(const DartsOptions& options);

/// Of the mixture, in which every node takes in all earlier ones.
Choices darts_edges(const DartsOptions& options);

std::string darts_edge_name(const char* cell, int to, int from);

/// In the order of darts_edges.
std::size_t darts_edge_number(int cell, int to, int from);

/// An operation and the earlier node that it is on.
struct DartsEdge {
  int operation = 0;
  int from = 0;

  auto operator<=>(const DartsEdge&) const = default;
};

/// The two of a node of an architecture.
std::array<DartsEdge, 2> darts_node_edges(const Picks& picks, const DartsOptions& options, int cell, int node);

}  // namespace tse
