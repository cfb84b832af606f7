#include "tse/space/random_graphs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "tse/base/error.h"
#include "tse/base/json.h"

namespace tse {
namespace {

int edges(const Wiring& graph) {
  std::size_t count = 0;
  for (const std::vector<int>& inputs : graph) count += inputs.size();
  return static_cast<int>(count);
}

std::vector<int> degrees(const Wiring& graph) {
  std::vector<int> list;
  for (const std::vector<int>& inputs : graph) {
    list.push_back(static_cast<int>(inputs.size()));
    for (const int input : inputs) ++list[static_cast<std::size_t>(input)];
  }
  return list;
}

bool joined(const Wiring& graph, int smaller, int larger) {
  return std::ranges::binary_search(graph[static_cast<std::size_t>(larger)], smaller);
}

/// Looked at one triple at a time.
int triangles(const Wiring& graph) {
  int count = 0;
  const int nodes = static_cast<int>(graph.size());
  for (int a = 0; a < nodes; ++a)
    for (int b = a + 1; b < nodes; ++b)
      for (int c = b + 1; joined(graph, a, b) && c < nodes; ++c)
        count += joined(graph, a, c) && joined(graph, b, c) ? 1 : 0;
  return count;
}

void expect_simple(const Wiring& graph, int nodes) {
  ASSERT_EQ(graph.size(), static_cast<std::size_t>(nodes));
  for (int node = 0; node < nodes; ++node) {
    const std::vector<int>& inputs = graph[static_cast<std::size_t>(node)];
    EXPECT_EQ(std::set<int>(inputs.begin(), inputs.end()).size(), inputs.size());
    EXPECT_TRUE(std::ranges::is_sorted(inputs));
    for (const int input : inputs) EXPECT_TRUE(input >= 0 && input < node) << input << ' ' << node;
  }
}

/// By walking from node 0.
bool walked(const Wiring& graph) {
  std::set<int> reached{0};
  for (std::size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (std::size_t to = 0; to < graph.size(); ++to)
      for (const int from : graph[to]) {
        if (reached.contains(from)) reached.insert(static_cast<int>(to));
        if (reached.contains(static_cast<int>(to))) reached.insert(from);
      }
  }
  return reached.size() == graph.size();
}

TEST(RandomGraphs, OfWattsAndStrogatzHaveTheRingsEdges) {
  Stream random(1);
  for (const int nodes : {5, 9, 28}) {
    for (int k = 2; k < nodes; k += 2) {
      for (const double p : {0.0, 0.25, 0.75, 1.0}) {
        const Wiring graph = watts_strogatz(nodes, k, p, random);
        expect_simple(graph, nodes);
        EXPECT_EQ(edges(graph), nodes * k / 2);
        const std::vector<int> all = degrees(graph);  // every edge stays at the node that it is of
        EXPECT_GE(*std::ranges::min_element(all), k / 2);
      }
    }
  }
}

TEST(RandomGraphs, OfWattsAndStrogatzAreTheRingWhereNothingIsRewired) {
  Stream random(1);
  const Wiring expected = {{}, {0}, {0, 1}, {1, 2}, {2, 3}, {0, 3, 4}, {0, 1, 4, 5}};
  EXPECT_EQ(watts_strogatz(7, 4, 0, random), expected);
}

TEST(RandomGraphs, OfBarabasiAndAlbertHaveMEdgesForEachNewNode) {
  Stream random(2);
  for (const int nodes : {2, 6, 28}) {
    for (int m = 1; m < nodes; ++m) {
      const Wiring graph = barabasi_albert(nodes, m, random);
      expect_simple(graph, nodes);
      for (int node = 0; node < nodes; ++node)
        EXPECT_EQ(graph[static_cast<std::size_t>(node)].size(), static_cast<std::size_t>(node < m ? 0 : m));
      EXPECT_TRUE(walked(graph));
    }
  }
}

TEST(RandomGraphs, OfErdosAndRenyiHaveEachPairWithTheProbability) {
  constexpr int kNodes = 12;
  constexpr int kGraphs = 20'000;
  Stream random(3);
  for (const double p : {0.1, 0.5, 0.95}) {
    std::map<std::pair<int, int>, int> count;
    for (int i = 0; i < kGraphs; ++i) {
      const Wiring graph = erdos_renyi(kNodes, p, random);
      for (int to = 0; to < kNodes; ++to)
        for (const int from : graph[static_cast<std::size_t>(to)]) ++count[{from, to}];
    }
    double chi_squared = 0;
    for (int to = 0; to < kNodes; ++to)
      for (int from = 0; from < to; ++from)
        chi_squared += std::pow(count[{from, to}] - kGraphs * p, 2) / (kGraphs * p * (1 - p));
    EXPECT_LT(chi_squared, 107.3) << p;  // of 66 degrees of freedom, passed by one in a thousand
    EXPECT_GT(chi_squared, 36.0) << p;   // and by all but one in a thousand
  }
  expect_simple(erdos_renyi(kNodes, 0.5, random), kNodes);
  EXPECT_EQ(edges(erdos_renyi(kNodes, 0, random)), 0);
  EXPECT_EQ(edges(erdos_renyi(kNodes, 1, random)), kNodes * (kNodes - 1) / 2);
}

TEST(RandomGraphs, AreConnectedAsAWalkFinds) {
  Stream random(4);
  int connected = 0;
  for (int i = 0; i < 2000; ++i) {
    const Wiring graph = erdos_renyi(12, 0.2, random);
    EXPECT_EQ(is_connected(graph), walked(graph));
    connected += is_connected(graph) ? 1 : 0;
  }
  EXPECT_GT(connected, 200);
  EXPECT_LT(connected, 1800);
}

TEST(RandomGraphs, TheirChanceToBeConnectedIsThePublishedPolynomial) {
  for (const double p : {0.0, 0.2, 0.7, 1.0}) {
    // Gilbert 1959; by hand from all graphs of three and four nodes
    EXPECT_NEAR(probability_connected(1, p), 1, 1e-15);
    EXPECT_NEAR(probability_connected(2, p), p, 1e-15);
    EXPECT_NEAR(probability_connected(3, p), 3 * std::pow(p, 2) - 2 * std::pow(p, 3), 1e-15);
    EXPECT_NEAR(probability_connected(4, p),
                16 * std::pow(p, 3) - 33 * std::pow(p, 4) + 24 * std::pow(p, 5) - 6 * std::pow(p, 6), 1e-14);
  }
}

TEST(RandomGraphs, AreWhatTheyAreForTheirStream) {
  Stream one(9);
  Stream same(9);
  EXPECT_EQ(watts_strogatz(28, 4, 0.75, one), watts_strogatz(28, 4, 0.75, same));
  Stream other(10);
  EXPECT_NE(watts_strogatz(28, 4, 0.75, one), watts_strogatz(28, 4, 0.75, other));
}

TEST(RandomGraphs, RefuseWhatIsNone) {
  Stream random(1);
  EXPECT_THROW((void)watts_strogatz(8, 3, 0.5, random), UsageError);
  EXPECT_THROW((void)watts_strogatz(8, 8, 0.5, random), UsageError);
  EXPECT_THROW((void)watts_strogatz(8, 0, 0.5, random), UsageError);
  EXPECT_THROW((void)watts_strogatz(8, 4, 1.5, random), UsageError);
  EXPECT_THROW((void)erdos_renyi(8, -0.1, random), UsageError);
  EXPECT_THROW((void)barabasi_albert(8, 0, random), UsageError);
  EXPECT_THROW((void)barabasi_albert(8, 8, random), UsageError);
}

std::map<std::string, double> statistics_of(const Wiring& graph) {
  const std::vector<int> all = degrees(graph);
  double squared = 0;
  for (const int degree : all) squared += degree * degree;
  return {{"edges", edges(graph)},         {"greatest_degree", *std::ranges::max_element(all)},
          {"degrees_squared", squared},    {"leaves", std::ranges::count(all, 1)},
          {"triangles", triangles(graph)}, {"connected", is_connected(graph) ? 1 : 0}};
}

/// Means over thousands of graphs against those of networkx, from the script beside the file.
TEST(RandomGraphs, AreDistributedAsThoseOfNetworkx) {
  std::ifstream stream(TSE_SOURCE "/tests/space/expected_random_graphs.json");
  const Json expected = Json::parse(stream);
  const int nodes = expected.at("nodes");
  const int graphs = expected.at("graphs");
  const std::map<std::string, Wiring (*)(int, Stream&)> draws = {
      {"ws(k=2,p=0.3)", [](int n, Stream& random) { return watts_strogatz(n, 2, 0.3, random); }},
      {"ws(k=4,p=0.75)", [](int n, Stream& random) { return watts_strogatz(n, 4, 0.75, random); }},
      {"ws(k=8,p=1)", [](int n, Stream& random) { return watts_strogatz(n, 8, 1, random); }},
      {"er(p=0.1)", [](int n, Stream& random) { return erdos_renyi(n, 0.1, random); }},
      {"er(p=0.2)", [](int n, Stream& random) { return erdos_renyi(n, 0.2, random); }},
      {"ba(m=1)", [](int n, Stream& random) { return barabasi_albert(n, 1, random); }},
      {"ba(m=5)", [](int n, Stream& random) { return barabasi_albert(n, 5, random); }},
  };
  ASSERT_EQ(draws.size(), expected.at("settings").size());
  for (const auto& [setting, draw] : draws) {
    std::map<std::string, double> means;
    Stream random(5);
    for (int i = 0; i < graphs; ++i)
      for (const auto& [name, value] : statistics_of(draw(nodes, random))) means[name] += value / graphs;
    for (const auto& [name, mean] : means) {
      const Json& theirs = expected.at("settings").at(setting).at(name);
      const double error = theirs.at("deviation").get<double>() * std::sqrt(2.0 / graphs);  // of the difference
      EXPECT_NEAR(mean, theirs.at("mean").get<double>(), 4 * error + 1e-9) << setting << ' ' << name;
    }
  }
}

}  // namespace
}  // namespace tse
