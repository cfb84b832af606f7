#include "tse/space/random_graphs.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "tse/base/error.h"

namespace tse {
namespace {

std::size_t at(int node) { return static_cast<std::size_t>(node); }

/// A graph while it is made.
class Pairs {
 public:
  explicit Pairs(int nodes) : nodes_(nodes), joined_(at(nodes) * at(nodes), false), degrees_(at(nodes), 0) {}

  bool joined(int a, int b) const { return joined_[at(a) * at(nodes_) + at(b)]; }
  int degree(int node) const { return degrees_[at(node)]; }
  void join(int a, int b) { set(a, b, true); }
  void part(int a, int b) { set(a, b, false); }

  Wiring wiring() const {
    Wiring inputs(at(nodes_));
    for (int to = 0; to < nodes_; ++to) {
      for (int from = 0; from < to; ++from) {
        if (joined(from, to)) inputs[at(to)].push_back(from);
      }
    }
    return inputs;
  }

 private:
  void set(int a, int b, bool value) {
    joined_[at(a) * at(nodes_) + at(b)] = joined_[at(b) * at(nodes_) + at(a)] = value;
    for (const int node : {a, b}) degrees_[at(node)] += value ? 1 : -1;
  }

  int nodes_;
  std::vector<bool> joined_;
  std::vector<int> degrees_;
};

void check(bool right, const char* generator, const char* wanted) {
  if (!right) throw UsageError(generator, "expected {}", wanted);
}

}  // namespace

Wiring erdos_renyi(int nodes, double p, Stream& random) {
  check(nodes >= 1 && p >= 0 && p <= 1, "Erdos-Renyi graph", "at least one node and p in [0, 1]");
  Pairs graph(nodes);
  for (int to = 1; to < nodes; ++to) {
    for (int from = 0; from < to; ++from) {
      if (random.unit() < p) graph.join(from, to);
    }
  }
  return graph.wiring();
}

Wiring barabasi_albert(int nodes, int m, Stream& random) {
  check(m >= 1 && m < nodes, "Barabasi-Albert graph", "m in [1, nodes - 1]");
  Wiring inputs(at(nodes));
  std::vector<int> ends;  // of all edges: a node comes as often as it has edges
  for (int node = m; node < nodes; ++node) {
    std::vector<int>& chosen = inputs[at(node)];
    for (int i = 0; node == m && i < m; ++i) chosen.push_back(i);
    while (static_cast<int>(chosen.size()) < m) {
      const int drawn = ends[random.below(ends.size())];
      if (std::ranges::find(chosen, drawn) == chosen.end()) chosen.push_back(drawn);
    }
    std::ranges::sort(chosen);
    ends.insert(ends.end(), chosen.begin(), chosen.end());
    ends.insert(ends.end(), at(m), node);
  }
  return inputs;
}

Wiring watts_strogatz(int nodes, int k, double p, Stream& random) {
  check(k >= 2 && k % 2 == 0 && k < nodes && p >= 0 && p <= 1, "Watts-Strogatz graph",
        "an even k in [2, nodes - 1] and p in [0, 1]");
  Pairs graph(nodes);
  for (int v = 0; v < nodes; ++v) {
    for (int i = 1; i <= k / 2; ++i) graph.join(v, (v + i) % nodes);
  }
  for (int i = 1; i <= k / 2; ++i) {
    for (int v = 0; v < nodes; ++v) {
      if (random.unit() >= p || graph.degree(v) == nodes - 1) continue;
      int drawn = v;
      while (drawn == v || graph.joined(v, drawn)) drawn = static_cast<int>(random.below(at(nodes)));
      graph.part(v, (v + i) % nodes);
      graph.join(v, drawn);
    }
  }
  return graph.wiring();
}

bool is_connected(const Wiring& graph) {
  std::vector<int> group(graph.size());  // the smallest number that a node is known to be joined with
  for (std::size_t to = 0; to < graph.size(); ++to) {
    group[to] = static_cast<int>(to);
    for (const int from : graph[to]) {
      const int one = group[to];
      const int other = group[at(from)];
      for (std::size_t node = 0; node <= to; ++node) {
        if (group[node] == one || group[node] == other) group[node] = std::min(one, other);
      }
    }
  }
  return std::ranges::all_of(group, [](int number) { return number == 0; });
}

/// One less the sum, over the sizes k of the part that has node 0, of its chances to be connected and to have no edge
/// to the rest.
double probability_connected(int nodes, double p) {
  check(nodes >= 1 && p >= 0 && p <= 1, "Erdos-Renyi graph", "at least one node and p in [0, 1]");
  std::vector<double> connected{0, 1};  // by nodes
  for (int n = 2; n <= nodes; ++n) {
    double apart = 0;
    double ways = 1;  // n - 1 over k - 1
    for (int k = 1; k < n; ++k) {
      apart += ways * connected[at(k)] * std::pow(1 - p, k * (n - k));
      ways *= static_cast<double>(n - k) / k;
    }
    connected.push_back(1 - apart);
  }
  return connected.back();
}

}  // namespace tse
