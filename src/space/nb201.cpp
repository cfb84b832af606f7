#include "tse/space/nb201.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "tse/space/graph.h"

namespace tse {
namespace {

constexpr int kNodes = 4;
constexpr std::array<std::string_view, 5> kOperations = {"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3",
                                                         "avg_pool_3x3"};
enum Operation : int { kNone, kSkip, kConv1, kConv3, kPool };

/// Number of the edge that leads from node `from` to node `to`.
constexpr std::size_t edge_number(int to, int from) { return static_cast<std::size_t>(to * (to - 1) / 2 + from); }

std::string edge_name(int to, int from) { return fmt::format("edge_{}_{}", to, from); }

Choices edge_choices() {
  std::vector<Place> places;
  for (int to = 1; to < kNodes; ++to) {
    for (int from = 0; from < to; ++from) {
      places.push_back({.name = edge_name(to, from), .options = {kOperations.begin(), kOperations.end()}});
    }
  }
  return Choices(std::move(places));
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t cut = text.find(at);
    parts.push_back(text.substr(0, cut));
    if (cut == std::string_view::npos) return parts;
    text.remove_prefix(cut + 1);
  }
}

int parse_edge(std::string_view text, int to, int from, std::string_view whole) {
  const std::string place = fmt::format("nb201 cell '{}', node {}, edge {}", whole, to, from);
  const std::size_t tilde = text.find('~');
  const std::string_view operation = text.substr(0, tilde);
  const auto* found = std::ranges::find(kOperations, operation);
  if (found == kOperations.end()) {
    throw UsageError(place, "{}", unknown_name("operation", operation, {kOperations.begin(), kOperations.end()}));
  }
  const std::string_view source = tilde == std::string_view::npos ? "" : text.substr(tilde + 1);
  if (source != std::to_string(from)) throw UsageError(place, "expected source ~{}; got '{}'", from, text);
  return static_cast<int>(found - kOperations.begin());
}

/// Builds the network node by node; every method returns the node that holds its result.
struct Builder {
  const std::vector<Place>& places;
  const PickedPlaces& picked;
  Graph graph;
  std::size_t cells = 0;  // so far

  NodeId conv(const std::string& name, NodeId from, int out, int kernel, int stride = 1, bool bias = false) {
    return graph.add(
        name, op::Conv2d{.out = out, .kernel = kernel, .stride = stride, .padding = (kernel - 1) / 2, .bias = bias},
        {from});
  }
  NodeId relu_conv_bn(const std::string& name, NodeId from, int out, int kernel, int stride = 1) {
    const NodeId relu = graph.add(name + ".relu", op::Relu{}, {from});
    return graph.add(name + ".bn", op::BatchNorm{}, {conv(name + ".conv", relu, out, kernel, stride)});
  }
  /// The norm of what is searched.
  op::BatchNorm norm() const { return {.affine = picked.norms == Norms::own, .track = picked.norms != Norms::batch}; }
  NodeId searched_conv(const std::string& name, NodeId from, int out, int kernel) {
    const NodeId relu = graph.add(name + ".relu", op::Relu{}, {from});
    const NodeId result = conv(name + ".conv", relu, out, kernel, 1, picked.norms == Norms::batch);
    return graph.add(name + ".bn", norm(), {result});
  }
  NodeId operation(const std::string& name, NodeId from, int which, int channels) {
    switch (which) {
      case kNone:
        return graph.add(name, op::Zero{}, {from});
      case kSkip:
        return graph.add(name, op::Identity{}, {from});
      case kPool:
        return graph.add(name, op::AvgPool{.kernel = 3, .stride = 1, .padding = 1}, {from});
      default:
        return searched_conv(name, from, channels, which == kConv1 ? 1 : 3);
    }
  }
  NodeId edge(const std::string& cell, int to, int source, NodeId from, int channels) {
    const std::size_t place = edge_number(to, source);
    const std::string name = cell + '.' + edge_name(to, source);
    return add_partial_choice(
        graph, name, places[place], picked.at(place, cells), picked.part, from,
        [&](const std::string& path, NodeId in, int option) {
          return operation(path, in, option, channels / picked.part);
        },
        [](NodeId others) { return others; });
  }
  NodeId cell(const std::string& name, NodeId from, int channels) {
    std::array<NodeId, kNodes> nodes{from};
    for (int to = 1; to < kNodes; ++to) {
      std::vector<NodeId> inputs;
      for (int source = 0; source < to; ++source) {
        inputs.push_back(edge(name, to, source, nodes[static_cast<std::size_t>(source)], channels));
      }
      nodes[static_cast<std::size_t>(to)] = graph.add(fmt::format("{}.node_{}", name, to), op::Sum{}, inputs);
    }
    ++cells;
    return nodes.back();
  }
  NodeId reduction(const std::string& name, NodeId from, int channels) {
    NodeId main = relu_conv_bn(name + ".a", from, channels, 3, 2);
    main = relu_conv_bn(name + ".b", main, channels, 3);
    const NodeId pool = graph.add(name + ".shortcut.pool", op::AvgPool{.kernel = 2, .stride = 2, .padding = 0}, {from});
    return graph.add(name + ".sum", op::Sum{}, {main, conv(name + ".shortcut.conv", pool, channels, 1)});
  }
};

}  // namespace

Options Nb201Options::options() {
  return {
      {"channels", &channels, "channels of the first stage", between(1, 1024)},
      {"cells", &cells, "cells per stage", between(1, 64)},
  };
}

Nb201::Nb201(Nb201Options options) : ChoiceSpace(edge_choices()), options_(options) {}

std::string Nb201::spec() const {
  Nb201Options mine = options_;
  Nb201Options defaults;
  return tse::to_text(shortest_spec("nb201", mine.options(), defaults.options()));
}

Picks Nb201::read(std::string_view text) const {
  const std::string place = fmt::format("nb201 cell '{}'", text);
  const std::vector<std::string_view> nodes = split(text, '+');
  if (nodes.size() != kNodes - 1) {
    throw UsageError(place, "expected 3 nodes joined by '+', like |op~0|+|op~0|op~1|+|op~0|op~1|op~2|; got {}",
                     nodes.size());
  }
  Picks picks(choices()->places().size());
  for (int to = 1; to < kNodes; ++to) {
    std::string_view node = nodes[static_cast<std::size_t>(to - 1)];
    if (node.size() < 2 || node.front() != '|' || node.back() != '|') {
      throw UsageError(place, "expected node {} between bars, |...|; got '{}'", to, node);
    }
    node = node.substr(1, node.size() - 2);
    const std::vector<std::string_view> parts = split(node, '|');
    if (parts.size() != static_cast<std::size_t>(to)) {
      throw UsageError(place, "expected {} edge{} into node {}; got {}", to, to == 1 ? "" : "s", to, parts.size());
    }
    for (int from = 0; from < to; ++from) {
      picks[edge_number(to, from)] = parse_edge(parts[static_cast<std::size_t>(from)], to, from, text);
    }
  }
  return picks;
}

std::string Nb201::print(const Picks& picks) const {
  std::string text;
  for (int to = 1; to < kNodes; ++to) {
    if (to > 1) text += '+';
    for (int from = 0; from < to; ++from) {
      text += fmt::format("|{}~{}", kOperations[static_cast<std::size_t>(picks[edge_number(to, from)])], from);
    }
    text += '|';
  }
  return text;
}

std::string Nb201::canonical(const Arch& arch) const {
  const Picks edges = picks_of(arch);
  std::array<std::string, kNodes> nodes{"0"};
  for (int to = 1; to < kNodes; ++to) {
    std::vector<std::string> incoming;
    for (int from = 0; from < to; ++from) {
      const int operation = edges[edge_number(to, from)];
      const std::string& source = nodes[static_cast<std::size_t>(from)];
      if (operation == kNone || source == "#") {
        incoming.emplace_back("#");
      } else if (operation == kSkip) {
        incoming.push_back(source);
      } else {
        incoming.push_back(fmt::format("({})@{}", source, kOperations[static_cast<std::size_t>(operation)]));
      }
    }
    std::ranges::sort(incoming);
    nodes[static_cast<std::size_t>(to)] = fmt::format("{}", fmt::join(incoming, "+"));
  }
  return nodes.back();
}

bool Nb201::connected(const Arch& arch) const {
  const Picks edges = picks_of(arch);
  std::array<bool, kNodes> reached{true};
  for (int to = 1; to < kNodes; ++to) {
    for (int from = 0; from < to; ++from) {
      if (reached[static_cast<std::size_t>(from)] && edges[edge_number(to, from)] != kNone) {
        reached[static_cast<std::size_t>(to)] = true;
      }
    }
  }
  return reached.back();
}

Graph Nb201::build(const PickedPlaces& picked, const Task& task) const {
  if (task.input.height % 4 != 0 || task.input.width % 4 != 0) {
    throw UsageError("space nb201", "expected images whose sides are multiples of 4, for two halvings; got {}x{}",
                     task.input.height, task.input.width);
  }
  if (options_.channels % picked.part != 0)
    throw UsageError(spec(), "expected channels of which one in {} is whole; there are {}", picked.part,
                     options_.channels);
  Builder build{.places = choices()->places(), .picked = picked, .graph = {}};
  NodeId now = build.graph.add_input(task.input);
  now = build.conv("stem.conv", now, options_.channels, 3);
  now = build.graph.add("stem.bn", op::BatchNorm{}, {now});
  int channels = options_.channels;
  for (int stage = 1; stage <= 3; ++stage) {
    if (stage > 1) {
      channels *= 2;
      now = build.reduction(fmt::format("reduction{}", stage - 1), now, channels);
    }
    for (int cell = 1; cell <= options_.cells; ++cell) {
      now = build.cell(fmt::format("stage{}.cell{}", stage, cell), now, channels);
    }
  }
  now = build.graph.add("head.bn", build.norm(), {now});
  now = build.graph.add("head.relu", op::Relu{}, {now});
  now = build.graph.add("head.pool", op::GlobalAvgPool{}, {now});
  build.graph.add("head.linear", op::Linear{.out = task.classes}, {now});
  return build.graph;
}

Drawing Nb201::draw(const Arch& arch) const {
  const Picks edges = picks_of(arch);
  Drawing drawing{.nodes = {"input", "1", "2", "output"}, .edges = {}};
  for (int to = 1; to < kNodes; ++to) {
    for (int from = 0; from < to; ++from) {
      const int operation = edges[edge_number(to, from)];
      drawing.edges.push_back({.from = from,
                               .to = to,
                               .label = std::string(kOperations[static_cast<std::size_t>(operation)]),
                               .dead = operation == kNone});
    }
  }
  return drawing;
}

}  // namespace tse
