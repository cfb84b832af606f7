#include "tse/search/wl_kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <functional>

#include "search/samples.h"

namespace tse {
namespace {

constexpr int kLevels = 3;

/// The subtree pattern of some depth at a node, written out.
std::string pattern(const OperationGraph& graph, std::size_t node, int depth) {
  if (depth == 0) return graph.labels[node];
  std::vector<std::string> children;
  for (const int source : graph.sources[node])
    children.push_back(pattern(graph, static_cast<std::size_t>(source), depth - 1));
  std::ranges::sort(children);
  std::string text = pattern(graph, node, depth - 1) + "[";
  for (const std::string& child : children) text += child + " ";
  return text + "]";
}

/// Pairs of nodes, one of each graph, that have the same pattern.
double equal_patterns(const OperationGraph& a, const OperationGraph& b, int depth) {
  double count = 0;
  for (std::size_t i = 0; i < a.labels.size(); ++i) {
    for (std::size_t j = 0; j < b.labels.size(); ++j) count += pattern(a, i, depth) == pattern(b, j, depth);
  }
  return count;
}

std::vector<OperationGraph> random_graphs(std::size_t count) {
  const auto space = make_space("nb201");
  std::vector<OperationGraph> graphs;
  for (const Arch& arch : different_archs(*space, count, 1)) graphs.push_back(operation_graph(space->draw(arch)));
  return graphs;
}

TEST(WlKernel, ProductsCountEqualSubtreePatterns) {
  const auto graphs = random_graphs(60);
  WlDictionary dictionary;
  std::vector<WlFeatures> features;
  for (const OperationGraph& graph : graphs) features.push_back(dictionary.features(graph, kLevels));
  for (int level = 0; level <= kLevels; ++level) {
    for (std::size_t i = 0; i < graphs.size(); ++i) {
      for (std::size_t j = 0; j < graphs.size(); ++j)
        ASSERT_EQ(wl_product(features[i], features[j], level), equal_patterns(graphs[i], graphs[j], level));
    }
  }
}

TEST(WlKernel, IsPositiveSemiDefinite) {
  const auto graphs = random_graphs(150);
  WlDictionary dictionary;
  std::vector<WlFeatures> features;
  for (const OperationGraph& graph : graphs) features.push_back(dictionary.features(graph, kLevels));
  const auto n = static_cast<Eigen::Index>(graphs.size());
  for (int level = 0; level <= kLevels; ++level) {
    const Eigen::MatrixXd matrix = Eigen::MatrixXd::NullaryExpr(n, n, [&](Eigen::Index i, Eigen::Index j) {
      return wl_product(features[static_cast<std::size_t>(i)], features[static_cast<std::size_t>(j)], level);
    });
    const Eigen::VectorXd values = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(matrix).eigenvalues();
    EXPECT_GT(values.minCoeff(), -1e-10 * values.maxCoeff()) << "level " << level;
  }
}

/// The edges on a path from the first to the last node, by walking every path.
std::set<std::size_t> edges_on_paths(const Drawing& drawing) {
  std::set<std::size_t> found;
  std::vector<std::size_t> path;
  const std::function<void(int)> walk = [&](int node) {
    if (node + 1 == static_cast<int>(drawing.nodes.size())) found.insert(path.begin(), path.end());
    for (std::size_t i = 0; i < drawing.edges.size(); ++i) {
      if (drawing.edges[i].from != node || drawing.edges[i].dead) continue;
      path.push_back(i);
      walk(drawing.edges[i].to);
      path.pop_back();
    }
  };
  walk(0);
  return found;
}

TEST(OperationGraph, HasTheOperationsOnPathsAndAnArrowForEachStepOfOne) {
  const auto space = make_space("nb201");
  for (const Arch& arch : different_archs(*space, 500, 2)) {
    const Drawing drawing = space->draw(arch);
    const std::set<std::size_t> edges = edges_on_paths(drawing);
    std::multiset<std::string> labels = {"input", "output"};
    std::multiset<std::pair<std::string, std::string>> arrows;
    const int last = static_cast<int>(drawing.nodes.size()) - 1;
    for (const std::size_t i : edges) {
      const Drawing::Edge& edge = drawing.edges[i];
      labels.insert(edge.label);
      if (edge.from == 0) arrows.emplace("input", edge.label);
      if (edge.to == last) arrows.emplace(edge.label, "output");
      for (const std::size_t j : edges) {
        if (drawing.edges[j].from == edge.to) arrows.emplace(edge.label, drawing.edges[j].label);
      }
    }
    const OperationGraph graph = operation_graph(drawing);
    std::multiset<std::pair<std::string, std::string>> found;
    ASSERT_EQ(graph.sources.size(), graph.labels.size());
    for (std::size_t node = 0; node < graph.labels.size(); ++node) {
      for (const int source : graph.sources[node])
        found.emplace(graph.labels[static_cast<std::size_t>(source)], graph.labels[node]);
    }
    EXPECT_EQ(std::multiset<std::string>(graph.labels.begin(), graph.labels.end()), labels) << arch.text;
    EXPECT_EQ(found, arrows) << arch.text;
  }
}

}  // namespace
}  // namespace tse
