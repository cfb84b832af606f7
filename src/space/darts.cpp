#include "tse/space/darts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <utility>

#include "darts_graph.h"
#include "darts_places.h"
#include "text_cursor.h"
#include "tse/base/error.h"
#include "tse/base/spec.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

/// An architecture as the authors write it, or as we do.
class GenotypeText {
 public:
  GenotypeText(std::string_view text, const DartsOptions& options) : text_("darts cell", text), options_(options) {}

  Picks picks() {
    const bool theirs = text_.take("Genotype(");
    Picks all;
    for (int cell = 0; cell < 2; ++cell) {
      text_.take(",");
      const std::string name = kDartsCells[static_cast<std::size_t>(cell)];
      if (!text_.take(name)) text_.refuse(fmt::format("'{}'", name));
      if (theirs) text_.expect("=[");
      std::vector<DartsEdge> edges;
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
    const std::vector<std::string> names = darts_operations(options_.none);
    const std::string_view word = text_.next_of("abcdefghijklmnopqrstuvwxyz_0123456789");
    const auto found = std::ranges::find(names, word);
    if (found == names.end()) text_.refuse(fmt::format("one of {}", fmt::join(names, ", ")));
    text_.skip(word.size());
    return static_cast<int>(found - names.begin());
  }
  int number() { return text_.whole_number(std::numeric_limits<int>::max(), "the number of an earlier node"); }
  DartsEdge own_edge() {
    DartsEdge edge{.operation = operation()};
    text_.expect(":");
    edge.from = number();
    return edge;
  }
  DartsEdge their_edge() {
    text_.take(",");
    text_.expect("(");
    text_.expect("'");
    DartsEdge edge{.operation = operation()};
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

  void add(Picks& all, int cell, const std::vector<DartsEdge>& edges) {
    for (int node = kCellInputs; node < kCellInputs + kCellNodes; ++node) {
      DartsEdge first = edges[static_cast<std::size_t>(2 * (node - kCellInputs))];
      DartsEdge second = edges[static_cast<std::size_t>(2 * (node - kCellInputs) + 1)];
      if (second.from < first.from) std::swap(first, second);
      const std::vector<DartsInputs> inputs = darts_inputs(node, options_.repeated);
      const auto found = std::ranges::find(inputs, DartsInputs{first.from, second.from});
      if (found == inputs.end())
        throw UsageError(
            fmt::format("{}, {} node {}", text_.place(), kDartsCells[static_cast<std::size_t>(cell)], node),
            "expected two{} inputs among 0 to {}; got {} and {}", options_.repeated ? "" : " different", node - 1,
            first.from, second.from);
      all.push_back(static_cast<int>(found - inputs.begin()));
      all.push_back(first.operation);
      all.push_back(second.operation);
    }
  }

  TextCursor text_;
  const DartsOptions& options_;
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

Darts::Darts(DartsOptions options)
    : ChoiceSpace(darts_choices(options)), options_(options), edges_(darts_edges(options)) {
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
  const std::vector<std::string> names = darts_operations(options_.none);
  std::string text;
  for (int cell = 0; cell < 2; ++cell) {
    text += (cell == 0 ? "" : " ") + std::string(kDartsCells[static_cast<std::size_t>(cell)]);
    for (int node = kCellInputs; node < kCellInputs + kCellNodes; ++node) {
      for (const DartsEdge& edge : darts_node_edges(picks, options_, cell, node))
        text += fmt::format(" {}:{}", names[static_cast<std::size_t>(edge.operation)], edge.from);
    }
  }
  return text;
}

/// Node by node what it computes from the cell's inputs, its two edges sorted; a cell is the sorted list of these,
/// since the order of its concat is undone by the convolution behind it. `none` is "#".
std::string Darts::canonical(const Arch& arch) const {
  const Picks picks = picks_of(arch);
  const std::vector<std::string> names = darts_operations(options_.none);
  std::string text;
  for (int cell = 0; cell < 2; ++cell) {
    std::vector<std::string> nodes = {"0", "1"};
    for (int node = kCellInputs; node < kCellInputs + kCellNodes; ++node) {
      std::vector<std::string> edges;
      for (const DartsEdge& edge : darts_node_edges(picks, options_, cell, node)) {
        const std::string& name = names[static_cast<std::size_t>(edge.operation)];
        edges.push_back(name == "none" ? "#" : fmt::format("{}({})", name, nodes[static_cast<std::size_t>(edge.from)]));
      }
      std::ranges::sort(edges);
      nodes.push_back(fmt::format("{}", fmt::join(edges, "+")));
    }
    std::sort(nodes.begin() + kCellInputs, nodes.end());
    text += fmt::format("{} {};", kDartsCells[static_cast<std::size_t>(cell)],
                        fmt::join(nodes.begin() + kCellInputs, nodes.end(), ","));
  }
  return text;
}

/// Whether both cells have a node that an input reaches.
bool Darts::connected(const Arch& arch) const {
  const Picks picks = picks_of(arch);
  const std::vector<std::string> names = darts_operations(options_.none);
  for (int cell = 0; cell < 2; ++cell) {
    std::vector<bool> reached = {true, true};
    for (int node = kCellInputs; node < kCellInputs + kCellNodes; ++node) {
      bool any = false;
      for (const DartsEdge& edge : darts_node_edges(picks, options_, cell, node))
        any = any || (reached[static_cast<std::size_t>(edge.from)] &&
                      names[static_cast<std::size_t>(edge.operation)] != "none");
      reached.push_back(any);
    }
    if (std::find(reached.begin() + kCellInputs, reached.end(), true) == reached.end()) return false;
  }
  return true;
}

Graph Darts::build(const PickedPlaces& picked, const Task& task) const { return darts_graph(options_, picked, task); }

/// As DARTS: each node keeps the two inputs whose best operation other than none has the greatest share, and that
/// operation.
Arch Darts::derived(const Shares& shares) const {
  const std::vector<std::string> names = darts_operations(options_.none);
  std::string text;
  std::size_t place = 0;
  for (const char* cell : kDartsCells) {
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
  const std::vector<std::string> names = darts_operations(options_.none);
  Drawing drawing;
  for (int cell = 0; cell < 2; ++cell) {
    const std::string kind = kDartsCells[static_cast<std::size_t>(cell)];
    const int first = static_cast<int>(drawing.nodes.size());
    for (const char* node : {"input 0", "input 1", "2", "3", "4", "5", "output"})
      drawing.nodes.push_back(kind + ' ' + node);
    for (int node = kCellInputs; node < kCellInputs + kCellNodes; ++node) {
      for (const DartsEdge& edge : darts_node_edges(picks, options_, cell, node)) {
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
