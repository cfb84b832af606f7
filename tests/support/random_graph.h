#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tse/base/error.h"
#include "tse/base/random.h"
#include "tse/space/graph.h"

namespace tse {

inline int between(Stream& random, int least, int most) {
  return least + static_cast<int>(random.below(static_cast<std::uint64_t>(most - least + 1)));
}

/// One of all ops for `count` inputs, whose attributes may not fit.
inline Op random_op(Stream& random, std::size_t count) {
  const auto to = [&](int most) { return between(random, 1, most); };
  switch (random.below(18)) {
    case 0:
      return op::Conv2d{.out = to(6),
                        .kernel = to(3),
                        .stride = to(2),
                        .padding = to(3) - 1,
                        .dilation = to(2),
                        .groups = to(3),
                        .bias = to(2) == 1};
    case 1:
      return op::BatchNorm{.affine = to(2) == 1, .track = to(2) == 1};
    case 2:
      return op::Relu{};
    case 3:
      return op::AvgPool{.kernel = to(3), .stride = to(2), .padding = to(2) - 1};
    case 4:
      return op::MaxPool{.kernel = to(3), .stride = to(2), .padding = to(2) - 1};
    case 5:
      return op::Concat{};
    case 6:
      return op::Shift{.by = to(5) - 3};
    case 7:
      return op::Slice{.first = to(4) - 1, .count = to(4)};
    case 8:
      return op::Shuffle{.groups = to(4)};
    case 9:
      return op::DropPath{.rate = 0.3 * (to(2) - 1)};
    case 10:
      return op::Dropout{.rate = 0.4};
    case 11:
      return op::Zero{};
    case 12:
      return op::Identity{};
    case 13:
    case 16: {
      op::Sum sum{.coefficients = op::Sum::Coefficients::constant};
      for (std::size_t i = 0; i < count; ++i) sum.constants.push_back(0.5 * between(random, -1, 4));
      return sum;
    }
    case 14:
      return op::Sum{.coefficients = op::Sum::Coefficients::positive};
    default:
      if (to(2) == 1) return op::Sum{};
      return op::Sum{.coefficients = op::Sum::Coefficients::architecture,
                     .architecture = "alpha" + std::to_string(count)};
  }
}

/// Of those that NAS-Bench-201 is made of.
inline Op random_plain_op(Stream& random) {
  switch (random.below(7)) {
    case 0: {
      const int half = between(random, 0, 1);
      return op::Conv2d{
          .out = between(random, 1, 6), .kernel = 1 + 2 * half, .stride = between(random, 1, 2), .padding = half};
    }
    case 1:
      return op::BatchNorm{};
    case 2:
      return op::Relu{};
    case 3:
      return op::AvgPool{};
    case 4:
      return op::Zero{};
    case 5:
      return op::Identity{};
    default:
      return op::Sum{};
  }
}

/// Any earlier node, the newest more often.
inline NodeId random_input(Stream& random, const Graph& graph) {
  const int newest = static_cast<int>(graph.nodes().size()) - 1;
  return between(random, between(random, 0, newest), newest);
}

/// A classifier of up to 16 nodes, each of which reads any earlier ones.
inline Graph random_graph(Stream& random, bool plain) {
  Graph graph;
  graph.add_input({.channels = between(random, 1, 6), .height = between(random, 2, 7), .width = between(random, 2, 7)});
  const int size = between(random, 2, 16);
  while (static_cast<int>(graph.nodes().size()) < size) {
    std::vector<NodeId> inputs = {random_input(random, graph)};
    const int more = between(random, 0, 2);
    for (int tries = 0; tries < 20 && static_cast<int>(inputs.size()) <= more; ++tries) {
      const NodeId other = random_input(random, graph);
      if (graph.node(other).shape == graph.node(inputs[0]).shape) inputs.push_back(other);
    }
    const Op op = plain ? random_plain_op(random) : random_op(random, inputs.size());
    if (!std::holds_alternative<op::Sum>(op) && !std::holds_alternative<op::Concat>(op)) inputs.resize(1);
    try {
      graph.add("node" + std::to_string(graph.nodes().size()), op, inputs);
    } catch (const UsageError&) {
      continue;  // these do not fit together
    }
  }
  graph.add("pool", op::GlobalAvgPool{}, {static_cast<NodeId>(graph.nodes().size()) - 1});
  graph.add("linear", op::Linear{.out = 5}, {static_cast<NodeId>(graph.nodes().size()) - 1});
  return graph;
}

}  // namespace tse
