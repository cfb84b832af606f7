#include "tse/search/wl_kernel.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>

namespace tse {
namespace {

/// Which nodes of the drawing a live path reaches from the first of them, or, backwards, from the last.
std::vector<bool> reached(const Drawing& drawing, bool forwards) {
  std::vector<bool> seen(drawing.nodes.size(), false);
  if (seen.empty()) return seen;
  seen[forwards ? 0 : seen.size() - 1] = true;
  for (std::size_t round = 0; round < drawing.nodes.size(); ++round) {
    for (const Drawing::Edge& edge : drawing.edges) {
      const auto from = static_cast<std::size_t>(forwards ? edge.from : edge.to);
      const auto to = static_cast<std::size_t>(forwards ? edge.to : edge.from);
      if (!edge.dead && seen[from]) seen[to] = true;
    }
  }
  return seen;
}

}  // namespace

OperationGraph operation_graph(const Drawing& drawing) {
  const std::vector<bool> from_input = reached(drawing, true);
  const std::vector<bool> to_output = reached(drawing, false);
  OperationGraph graph{.labels = {"input"}, .sources = {{}}};
  std::vector<std::vector<int>> ends_at(drawing.nodes.size());  // by node of the drawing: the operations that end there
  if (!ends_at.empty()) ends_at.front().push_back(0);
  std::vector<int> begins_at = {-1};
  for (const Drawing::Edge& edge : drawing.edges) {
    if (edge.dead || !from_input[static_cast<std::size_t>(edge.from)] || !to_output[static_cast<std::size_t>(edge.to)])
      continue;
    ends_at[static_cast<std::size_t>(edge.to)].push_back(static_cast<int>(graph.labels.size()));
    begins_at.push_back(edge.from);
    graph.labels.push_back(edge.label);
  }
  for (std::size_t node = 1; node < graph.labels.size(); ++node)
    graph.sources.push_back(ends_at[static_cast<std::size_t>(begins_at[node])]);
  graph.labels.emplace_back("output");
  graph.sources.push_back(ends_at.empty() ? std::vector<int>{} : ends_at.back());
  return graph;
}

int WlDictionary::number_of(const std::string& label) {
  return numbers_.emplace(label, static_cast<int>(numbers_.size())).first->second;
}

WlFeatures WlDictionary::features(const OperationGraph& graph, int levels) {
  std::vector<int> numbers;
  for (const std::string& label : graph.labels) numbers.push_back(number_of(label));
  WlFeatures features;
  for (int level = 0;; ++level) {
    std::map<int, int> counts;
    for (const int number : numbers) ++counts[number];
    features.emplace_back(counts.begin(), counts.end());
    if (level == levels) return features;
    std::vector<int> next;
    for (std::size_t node = 0; node < numbers.size(); ++node) {
      std::vector<int> around;
      for (const int source : graph.sources[node]) around.push_back(numbers[static_cast<std::size_t>(source)]);
      std::ranges::sort(around);
      next.push_back(number_of(fmt::format("{}({})", numbers[node], fmt::join(around, ","))));
    }
    numbers = std::move(next);
  }
}

double wl_product(const WlFeatures& a, const WlFeatures& b, int level) {
  const auto& left = a[static_cast<std::size_t>(level)];
  const auto& right = b[static_cast<std::size_t>(level)];
  double sum = 0;
  auto i = left.begin();
  auto j = right.begin();
  while (i != left.end() && j != right.end()) {
    if (i->first == j->first) sum += static_cast<double>(i->second) * static_cast<double>(j->second);
    const bool advance_left = i->first <= j->first;
    const bool advance_right = j->first <= i->first;
    if (advance_left) ++i;
    if (advance_right) ++j;
  }
  return sum;
}

}  // namespace tse
