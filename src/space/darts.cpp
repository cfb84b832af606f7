#include "tse/space/darts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <tuple>
#include <utility>

#include "text_cursor.h"
#include "tse/base/error.h"
#include "tse/base/spec.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

constexpr int kCellInputs = 2;  // of a cell: the outputs of the two before it
constexpr int kCellNodes = 4;   // of a cell, numbered from kCellInputs
constexpr int kPlaces = 3;      // of a node: its inputs, and the operation on each
constexpr int kStem = 3;        // times C channels
constexpr std::array<const char*, 2> kCells = {"normal", "reduce"};

/// In the authors' order, `none` first where it is one.
std::vector<std::string> operations(bool none) {
  std::vector<std::string> names = {"max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3",
                                    "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5"};
  if (none) names.insert(names.begin(), "none");
  return names;
}

using Inputs = std::pair<int, int>;  // the first not behind the second

/// What a node may take in, by the number of earlier ones.
std::vector<Inputs> inputs_of(int earlier, bool repeated) {
  std::vector<Inputs> all;
  for (int first = 0; first < earlier; ++first) {
    for (int second = repeated ? first : first + 1; second < earlier; ++second) all.emplace_back(first, second);
  }
  return all;
}

Choices choices_of(const DartsOptions& options) {
  std::vector<Place> places;
  for (const char* cell : kCells) {
    for (int node = kCellInputs; node < kCellInputs + kCellNodes; ++node) {
      std::vector<std::string> inputs;
      for (const auto& [first, second] : inputs_of(node, options.repeated))
        inputs.push_back(fmt::format("{},{}", first, second));
      places.push_back({.name = fmt::format("{}.node_{}.inputs", cell, node), .options = std::move(inputs)});
      for (const char* which : {"first", "second"})
        places.push_back(
            {.name = fmt::format("{}.node_{}.{}", cell, node, which), .options = operations(options.none)});
    }
  }
  return Choices(std::move(places));
}

std::size_t place_of(int cell, int node, int which) {
  return static_cast<std::size_t>((cell * kCellNodes + node - kCellInputs) * kPlaces + which);
}

std::string edge_place(const char* cell, int to, int from) { return fmt::format("{}.edge_{}_{}", cell, to, from); }

/// In the order of the mixture's.
std::size_t edge_number(int cell, int to, int from) {
  constexpr int kEdges = 14;  // of a cell
  return static_cast<std::size_t>(cell * kEdges + (to - kCellInputs) * (to + 1) / 2 + from);
}

/// Of the mixture, in which every node takes in all earlier ones.
Choices all_edges(const DartsOptions& options) {
  std::vector<Place> places;
  for (const char* cell : kCells) {
    for (int to = kCellInputs; to < kCellInputs + kCellNodes; ++to) {
      for (int from = 0; from < to; ++from)
        places.push_back({.name = edge_place(cell, to, from), .options = operations(options.none)});
    }
  }
  return Choices(std::move(places));
}

/// An operation and the earlier node that it is on.
struct Edge {
  int operation = 0;
  int from = 0;

  auto operator<=>(const Edge&) const = default;
};

/// The two of a node.
std::array<Edge, 2> edges_of(const Picks& picks, const DartsOptions& options, int cell, int node) {
  const Inputs inputs =
      inputs_of(node, options.repeated).at(static_cast<std::size_t>(picks.at(place_of(cell, node, 0))));
  return {Edge{picks.at(place_of(cell, node, 1)), inputs.first},
          Edge{picks.at(place_of(cell, node, 2)), inputs.second}};
}

// --- Reading.

class GenotypeText {
 public:
  GenotypeText(std::string_view text, const DartsOptions& options) : text_("darts cell", text), options_(options) {}

  Picks picks() {
    const bool theirs = text_.take("Genotype(");
    Picks all;
    for (int cell = 0; cell < 2; ++cell) {
      text_.take(",");
      const std::string name = kCells[static_cast<std::size_t>(cell)];
      if (!text_.take(name)) text_.refuse(fmt::format("'{}'", name));
      if (theirs) text_.expect("=[");
      std::vector<Edge> edges;
      for (int i = 0; i < 2 * kCellNodes; ++i) edges.push_back(theirs ? their_edge() : own_edge());
      if (theirs) their_end(name);
      add(all, cell, edges);
    }
    if (theirs) text_.expect(")");
    text_.expect_end();
    return all;
  }

 private:
  int operation() {
    const std::vector<std::string> names = operations(options_.none);
    const std::string_view word = text_.next_of("abcdefghijklmnopqrstuvwxyz_0123456789");
    const auto found = std::ranges::find(names, word);
    if (found == names.end()) text_.refuse(fmt::format("one of {}", fmt::join(names, ", ")));
    text_.skip(word.size());
    return static_cast<int>(found - names.begin());
  }
  int number() { return text_.whole_number(std::numeric_limits<int>::max(), "the number of an earlier node"); }
  Edge own_edge() {
    Edge edge{.operation = operation()};
    text_.expect(":");
    edge.from = number();
    return edge;
  }
  Edge their_edge() {
    text_.take(",");
    text_.expect("(");
    text_.expect("'");
    Edge edge{.operation = operation()};
    text_.expect("'");
    text_.expect(",");
    edge.from = number();
    text_.expect(")");
    return edge;
  }
  /// What is joined is no choice of the space: the four nodes.
  void their_end(const std::string& name) {
    text_.expect("]");
    text_.expect(",");
    text_.expect(name + "_concat=");
    if (text_.take("range(2, 6)")) return;
    text_.expect("[2, 3, 4, 5]");
  }

  void add(Picks& all, int cell, const std::vector<Edge>& edges) {
    for (int node = kCellInputs; node < kCellInputs + kCellNodes; ++node) {
      Edge first = edges[static_cast<std::size_t>(2 * (node - kCellInputs))];
      Edge second = edges[static_cast<std::size_t>(2 * (node - kCellInputs) + 1)];
      if (second.from < first.from) std::swap(first, second);
      const std::vector<Inputs> inputs = inputs_of(node, options_.repeated);
      const auto found = std::ranges::find(inputs, Inputs{first.from, second.from});
      if (found == inputs.end())
        throw UsageError(fmt::format("{}, {} node {}", text_.place(), kCells[static_cast<std::size_t>(cell)], node),
                         "expected two{} inputs among 0 to {}; got {} and {}", options_.repeated ? "" : " different",
                         node - 1, first.from, second.from);
      all.push_back(static_cast<int>(found - inputs.begin()));
      all.push_back(first.operation);
      all.push_back(second.operation);
    }
  }

  TextCursor text_;
  const DartsOptions& options_;
};

// --- Building.

/// Every method returns the node that holds its result.
struct DartsBuilder {
  const DartsOptions& options;
  const PickedPlaces& picked;
  std::vector<std::string> names = operations(options.none);
  Graph graph;

  int channels_of(NodeId id) const { return graph.node(id).shape.channels; }

  /// Of what is searched, and of the cells' preprocessing.
  NodeId norm(const std::string& name, NodeId from) {
    return graph.add(name, op::BatchNorm{.affine = picked.norms == Norms::own, .track = picked.norms != Norms::batch},
                     {from});
  }
  NodeId conv(const std::string& name, NodeId from, int out, int kernel, int stride = 1, int dilation = 1,
              int groups = 1) {
    return graph.add(name,
                     op::Conv2d{.out = out,
                                .kernel = kernel,
                                .stride = stride,
                                .padding = dilation * (kernel - 1) / 2,
                                .dilation = dilation,
                                .groups = groups},
                     {from});
  }
  NodeId relu(const std::string& name, NodeId from) { return graph.add(name, op::Relu{}, {from}); }

  NodeId relu_conv_bn(const std::string& name, NodeId from, int out) {
    return norm(name + ".bn", conv(name + ".conv", relu(name + ".relu", from), out, 1));
  }
  /// Two convolutions of stride 2, the second of the image one pixel on.
  NodeId factorized_reduce(const std::string& name, NodeId from, int out) {
    const NodeId active = relu(name + ".relu", from);
    const NodeId first = conv(name + ".conv_1", active, out / 2, 1, 2);
    const NodeId shifted = graph.add(name + ".shift", op::Shift{.by = 1}, {active});
    const NodeId second = conv(name + ".conv_2", shifted, out - out / 2, 1, 2);
    return norm(name + ".bn", graph.add(name + ".concat", op::Concat{}, {first, second}));
  }
  NodeId depthwise_separable(const std::string& name, NodeId from, int kernel, int stride, int dilation) {
    const int channels = channels_of(from);
    const NodeId active = relu(name + ".relu", from);
    const NodeId depthwise = conv(name + ".depthwise", active, channels, kernel, stride, dilation, channels);
    return norm(name + ".bn", conv(name + ".pointwise", depthwise, channels, 1));
  }
  NodeId pool(const std::string& name, NodeId from, int stride, bool max) {
    const NodeId pooled =
        max ? graph.add(name + ".pool", op::MaxPool{.kernel = 3, .stride = stride, .padding = 1}, {from})
            : graph.add(name + ".pool", op::AvgPool{.kernel = 3, .stride = stride, .padding = 1}, {from});
    return picked.norms == Norms::own ? pooled : norm(name + ".bn", pooled);  // DARTS has one while it searches
  }

  NodeId operation(const std::string& name, const std::string& which, NodeId from, int stride) {
    if (which == "none") {
      const NodeId small =
          stride == 1 ? from
                      : graph.add(name + ".pool", op::AvgPool{.kernel = 1, .stride = stride, .padding = 0}, {from});
      return graph.add(name, op::Zero{}, {small});
    }
    if (which == "skip_connect")
      return stride == 1 ? graph.add(name, op::Identity{}, {from}) : factorized_reduce(name, from, channels_of(from));
    if (which == "max_pool_3x3" || which == "avg_pool_3x3") return pool(name, from, stride, which == "max_pool_3x3");
    const int kernel = which.ends_with("5x5") ? 5 : 3;
    if (which.starts_with("dil")) return depthwise_separable(name, from, kernel, stride, 2);
    return depthwise_separable(name + ".second", depthwise_separable(name + ".first", from, kernel, stride, 1), kernel,
                               1, 1);
  }

  NodeId edge(const std::string& cell, const char* kind, int to, int from, NodeId input, int stride,
              const Picked& which, const std::string& more) {
    const Place place{.name = edge_place(kind, to, from), .options = names};
    return add_partial_choice(
        graph, fmt::format("{}.edge_{}_{}{}", cell, to, from, more), place, which, picked.part, input,
        [&](const std::string& path, NodeId in, int option) {
          const NodeId result = operation(path, names[static_cast<std::size_t>(option)], in, stride);
          const bool drops =
              alone() && options.drop_path > 0 && !std::holds_alternative<op::Identity>(graph.node(result).op);
          return drops ? graph.add(path + ".drop", op::DropPath{.rate = options.drop_path}, {result}) : result;
        },
        [&](NodeId others) {
          if (stride == 1) return others;
          return graph.add(graph.node(others).name + ".pool", op::MaxPool{.kernel = 2, .stride = 2, .padding = 0},
                           {others});
        });
  }

  /// Of what DARTS trains an architecture with beside the network itself, super-networks and mixtures have nothing.
  bool alone() const { return !picked.picks.empty() && picked.paths == OptionPaths::of_place; }

  /// A classifier of maps of 8 to 10 pixels a side.
  void auxiliary_head(NodeId from, int classes) {
    const Shape& shape = graph.node(from).shape;
    if (std::min(shape.height, shape.width) < 8 || std::max(shape.height, shape.width) > 10) {
      throw UsageError(
          "space darts",
          "expected images of 32 to 40 pixels a side for the auxiliary head, which sees a quarter; got {}x{} there",
          shape.height, shape.width);
    }
    NodeId last = relu("auxiliary.relu", from);
    last = graph.add("auxiliary.pool", op::AvgPool{.kernel = 5, .stride = 3, .padding = 0}, {last});
    last = graph.add("auxiliary.first.bn", op::BatchNorm{}, {conv("auxiliary.first.conv", last, 128, 1)});
    last =
        graph.add("auxiliary.second.conv", op::Conv2d{.out = 768, .kernel = 2}, {relu("auxiliary.first.relu", last)});
    last = graph.add("auxiliary.second.bn", op::BatchNorm{}, {last});
    last = relu("auxiliary.second.relu", last);
    graph.add_auxiliary(graph.add("auxiliary.linear", op::Linear{.out = classes}, {last}), options.auxiliary);
  }

  /// Of one architecture two edges lead to each node; of the mixture those from all earlier ones.
  NodeId node(const std::string& cell, int kind, int to, const std::vector<NodeId>& earlier, bool reduces) {
    const char* kind_name = kCells[static_cast<std::size_t>(kind)];
    std::vector<NodeId> inputs;
    const auto add = [&](int from, const Picked& which, const std::string& more) {
      const int stride = reduces && from < kCellInputs ? 2 : 1;
      inputs.push_back(edge(cell, kind_name, to, from, earlier[static_cast<std::size_t>(from)], stride, which, more));
    };
    if (picked.picks.empty()) {
      for (int from = 0; from < to; ++from) {
        add(from,
            {.option = std::nullopt,
             .paths = picked.paths,
             .kept = picked.kept.empty() ? std::vector<int>() : picked.kept.at(edge_number(kind, to, from))},
            "");
      }
    } else {
      const auto [first, second] = edges_of(picked.picks.front(), options, kind, to);
      add(first.from, {.option = first.operation, .paths = picked.paths}, "");
      add(second.from, {.option = second.operation, .paths = picked.paths}, second.from == first.from ? "_again" : "");
    }
    return graph.add(fmt::format("{}.node_{}", cell, to), op::Sum{}, inputs);
  }

  NodeId cell(const std::string& name, NodeId before, NodeId last, int channels, bool reduces, bool after_reduction) {
    std::vector<NodeId> nodes = {after_reduction ? factorized_reduce(name + ".input_0", before, channels)
                                                 : relu_conv_bn(name + ".input_0", before, channels),
                                 relu_conv_bn(name + ".input_1", last, channels)};
    for (int to = kCellInputs; to < kCellInputs + kCellNodes; ++to)
      nodes.push_back(node(name, reduces ? 1 : 0, to, nodes, reduces));
    return graph.add(name + ".concat", op::Concat{}, {nodes.begin() + kCellInputs, nodes.end()});
  }
};

}  // namespace

Options DartsOptions::options() {
  return {
      {"channels", &channels, "channels of the first cells, even", between(2, 1024)},
      {"cells", &cells, "cells; those at a third and at two thirds reduce", between(3, 64)},
      {"none", &none, "no operation at all, among them", {}},
      {"repeated", &repeated, "both inputs of a node may be the same", {}},
      {"auxiliary", &auxiliary, "weight of the auxiliary head's loss in training, 0 is none", between(0, 100)},
      {"drop_path", &drop_path, "rate of drop path at the end of training", between(0, 0.99)},
  };
}

Darts::Darts(DartsOptions options) : ChoiceSpace(choices_of(options)), options_(options), edges_(all_edges(options)) {
  if (options.channels % 2 != 0)
    throw UsageError("space darts", "expected channels that are even, for the halves of a reduction; got {}",
                     options.channels);
}

std::string Darts::spec() const {
  DartsOptions mine = options_;
  DartsOptions defaults;
  return tse::to_text(shortest_spec("darts", mine.options(), defaults.options()));
}

Picks Darts::read(std::string_view text) const { return GenotypeText(text, options_).picks(); }

std::string Darts::print(const Picks& picks) const {
  const std::vector<std::string> names = operations(options_.none);
  std::string text;
  for (int cell = 0; cell < 2; ++cell) {
    text += (cell == 0 ? "" : " ") + std::string(kCells[static_cast<std::size_t>(cell)]);
    for (int node = kCellInputs; node < kCellInputs + kCellNodes; ++node) {
      for (const Edge& edge : edges_of(picks, options_, cell, node))
        text += fmt::format(" {}:{}", names[static_cast<std::size_t>(edge.operation)], edge.from);
    }
  }
  return text;
}

/// Node by node what it computes from the cell's inputs, its two edges sorted; a cell is the sorted list of these,
/// since the order of its concat is undone by the convolution behind it. `none` is "#".
std::string Darts::canonical(const Arch& arch) const {
  const Picks picks = picks_of(arch);
  const std::vector<std::string> names = operations(options_.none);
  std::string text;
  for (int cell = 0; cell < 2; ++cell) {
    std::vector<std::string> nodes = {"0", "1"};
    for (int node = kCellInputs; node < kCellInputs + kCellNodes; ++node) {
      std::vector<std::string> edges;
      for (const Edge& edge : edges_of(picks, options_, cell, node)) {
        const std::string& name = names[static_cast<std::size_t>(edge.operation)];
        edges.push_back(name == "none" ? "#" : fmt::format("{}({})", name, nodes[static_cast<std::size_t>(edge.from)]));
      }
      std::ranges::sort(edges);
      nodes.push_back(fmt::format("{}", fmt::join(edges, "+")));
    }
    std::sort(nodes.begin() + kCellInputs, nodes.end());
    text += fmt::format("{} {};", kCells[static_cast<std::size_t>(cell)],
                        fmt::join(nodes.begin() + kCellInputs, nodes.end(), ","));
  }
  return text;
}

/// Whether both cells have a node that an input reaches.
bool Darts::connected(const Arch& arch) const {
  const Picks picks = picks_of(arch);
  const std::vector<std::string> names = operations(options_.none);
  for (int cell = 0; cell < 2; ++cell) {
    std::vector<bool> reached = {true, true};
    for (int node = kCellInputs; node < kCellInputs + kCellNodes; ++node) {
      bool any = false;
      for (const Edge& edge : edges_of(picks, options_, cell, node))
        any = any || (reached[static_cast<std::size_t>(edge.from)] &&
                      names[static_cast<std::size_t>(edge.operation)] != "none");
      reached.push_back(any);
    }
    if (std::find(reached.begin() + kCellInputs, reached.end(), true) == reached.end()) return false;
  }
  return true;
}

Graph Darts::build(const PickedPlaces& picked, const Task& task) const {
  if (task.input.height % 4 != 0 || task.input.width % 4 != 0)
    throw UsageError("space darts", "expected images whose sides are multiples of 4, for two halvings; got {}x{}",
                     task.input.height, task.input.width);
  if (options_.channels % picked.part != 0 || options_.channels / picked.part < 2)
    throw UsageError(spec(), "expected channels of which one in {} is whole and more than one; there are {}",
                     picked.part, options_.channels);
  DartsBuilder build{.options = options_, .picked = picked, .graph = {}};
  NodeId last = build.conv("stem.conv", build.graph.add_input(task.input), kStem * options_.channels, 3);
  last = build.graph.add("stem.bn", op::BatchNorm{}, {last});
  NodeId before = last;
  int channels = options_.channels;
  bool after_reduction = false;
  for (int cell = 0; cell < options_.cells; ++cell) {
    const bool reduces = cell == options_.cells / 3 || cell == 2 * options_.cells / 3;
    if (reduces) channels *= 2;
    const NodeId out = build.cell(fmt::format("cell{}", cell + 1), before, last, channels, reduces, after_reduction);
    if (cell == 2 * options_.cells / 3 && options_.auxiliary > 0 && build.alone())
      build.auxiliary_head(out, task.classes);
    before = std::exchange(last, out);
    after_reduction = reduces;
  }
  last = build.graph.add("head.pool", op::GlobalAvgPool{}, {last});
  build.graph.add("head.linear", op::Linear{.out = task.classes}, {last});
  return build.graph;
}

/// As DARTS: each node keeps the two inputs whose best operation other than none has the greatest share, and that
/// operation.
Arch Darts::derived(const Shares& shares) const {
  const std::vector<std::string> names = operations(options_.none);
  std::string text;
  std::size_t place = 0;
  for (const char* cell : kCells) {
    text += (text.empty() ? "" : " ") + std::string(cell);
    for (int to = kCellInputs; to < kCellInputs + kCellNodes; ++to) {
      std::vector<std::tuple<double, int, int>> best;  // minus the share, so that the first of equal ones comes first
      for (int from = 0; from < to; ++from, ++place) {
        const std::vector<double>& of_edge = shares.at(place);
        const auto first = of_edge.begin() + (options_.none ? 1 : 0);
        const auto most = std::max_element(first, of_edge.end());
        best.emplace_back(-*most, from, static_cast<int>(most - of_edge.begin()));
      }
      std::ranges::stable_sort(best, std::ranges::less{}, [](const auto& each) { return std::get<0>(each); });
      for (int i = 0; i < 2; ++i) {
        const auto& [share, from, operation] = best[static_cast<std::size_t>(i)];
        text += fmt::format(" {}:{}", names[static_cast<std::size_t>(operation)], from);
      }
    }
  }
  return parse(text);
}

Drawing Darts::draw(const Arch& arch) const {
  const Picks picks = picks_of(arch);
  const std::vector<std::string> names = operations(options_.none);
  Drawing drawing;
  for (int cell = 0; cell < 2; ++cell) {
    const std::string kind = kCells[static_cast<std::size_t>(cell)];
    const int first = static_cast<int>(drawing.nodes.size());
    for (const char* node : {"input 0", "input 1", "2", "3", "4", "5", "output"})
      drawing.nodes.push_back(kind + ' ' + node);
    for (int node = kCellInputs; node < kCellInputs + kCellNodes; ++node) {
      for (const Edge& edge : edges_of(picks, options_, cell, node)) {
        const std::string& name = names[static_cast<std::size_t>(edge.operation)];
        drawing.edges.push_back({.from = first + edge.from, .to = first + node, .label = name, .dead = name == "none"});
      }
      drawing.edges.push_back({.from = first + node, .to = first + kCellInputs + kCellNodes, .label = ""});
    }
  }
  return drawing;
}

std::optional<std::string> Darts::published_form(const Arch& arch) const {
  const std::string own = parse(arch.text).text;
  std::string text = "Genotype(";
  std::string_view rest = own;
  const auto word = [&] {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view taken = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return std::string(taken);
  };
  for (int cell = 0; cell < 2; ++cell) {
    const std::string name = word();
    std::vector<std::string> edges;
    for (int i = 0; i < 2 * kCellNodes; ++i) {
      const std::string edge = word();
      const std::size_t colon = edge.find(':');
      edges.push_back(fmt::format("('{}', {})", edge.substr(0, colon), edge.substr(colon + 1)));
    }
    text += fmt::format("{0}{1}=[{2}], {1}_concat=[2, 3, 4, 5]", cell == 0 ? "" : ", ", name, fmt::join(edges, ", "));
  }
  return text + ")";
}

}  // namespace tse
