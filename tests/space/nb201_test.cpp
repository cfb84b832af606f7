#include "tse/space/nb201.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <ranges>
#include <set>
#include <sstream>
#include <utility>

#include "support/expect_error.h"
#include "tse/base/csv.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

constexpr const char* kCells = TSE_SHARED "/tables/nb201/cells.csv.gz";
constexpr const char* kAllConv3 =
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|";

/// The benchmark's own record of every cell: parameters, MACs, connectivity and class of all 15,625.
TEST(Nb201, EveryCellEqualsTheBenchmarksRecord) {
  if (!std::filesystem::exists(kCells)) GTEST_SKIP() << "needs " << kCells;
  const Csv table = Csv::read(kCells);
  const auto space = make_space("nb201");
  ASSERT_EQ(table.rows(), 15625U);
  const std::size_t arch_column = table.column("arch");
  const std::size_t params_column = table.column("params");
  const std::size_t macs_column = table.column("macs");
  const std::size_t connected_column = table.column("connected");
  const std::size_t class_column = table.column("class_representative");
  std::map<std::string, std::string> form_of_class;  // representative to our canonical form
  std::set<std::string> forms;
  int connected = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const Arch arch = space->at(row);
    ASSERT_EQ(arch.text, table.cell(row, arch_column));
    const Graph graph = space->lower(arch, {});
    ASSERT_EQ(static_cast<double>(parameters(graph)), table.number(row, params_column)) << arch.text;
    ASSERT_EQ(static_cast<double>(macs(graph)), table.number(row, macs_column)) << arch.text;
    ASSERT_EQ(space->connected(arch) ? 1 : 0, table.number(row, connected_column)) << arch.text;
    const std::string form = space->canonical(arch);
    const auto [known, fresh] = form_of_class.try_emplace(std::string(table.cell(row, class_column)), form);
    ASSERT_EQ(known->second, form) << arch.text;
    forms.insert(form);
    connected += space->connected(arch) ? 1 : 0;
  }
  EXPECT_EQ(form_of_class.size(), 6466U);
  EXPECT_EQ(forms.size(), 6466U);
  EXPECT_EQ(connected, 15284);
}

/// Counts of the paper and of its code's isomorphism rule (arXiv 2001.00326; arXiv 2006.04492, Table 1).
TEST(Nb201, HasThePublishedCounts) {
  const auto space = make_space("nb201");
  std::set<std::string> forms;
  int connected = 0;
  for (std::uint64_t i = 0; i < *space->size(); ++i) {
    forms.insert(space->canonical(space->at(i)));
    connected += space->connected(space->at(i)) ? 1 : 0;
  }
  EXPECT_EQ(*space->size(), 15625U);
  EXPECT_EQ(forms.size(), 6466U);
  EXPECT_EQ(connected, 15284);
}

struct Size {
  std::string arch;
  Task task;
  std::int64_t params;
  std::int64_t macs;
};

/// Parameters as NAS-Bench-201's API reports them for its three data sets; 32x32 CIFAR and 16x16 ImageNet.
TEST(Nb201, CountsParametersAndMacsOfOtherTasks) {
  const Task cifar100{.input = {.channels = 3, .height = 32, .width = 32}, .classes = 100};
  const Task imagenet16{.input = {.channels = 3, .height = 16, .width = 16}, .classes = 120};
  const std::string none = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|";
  const auto space = make_space("nb201");
  for (const Size& size :
       {Size{none, {}, 73306, 7783050}, Size{none, cifar100, 79156, 7783050 + 5850},
        Size{none, imagenet16, 80456, 1953400}, Size{kAllConv3, {}, 1531546, 220119690},
        Size{kAllConv3, cifar100, 1537396, 220119690 + 5850}, Size{kAllConv3, imagenet16, 1538696, 55037560}}) {
    const Graph graph = space->lower(space->parse(size.arch), size.task);
    EXPECT_EQ(parameters(graph), size.params);
    EXPECT_EQ(macs(graph), size.macs);
  }
}

/// The operations of a cell, read off its text.
std::vector<std::string> edges_of(const Arch& arch) {
  std::vector<std::string> list;
  for (std::size_t start = 0; start < arch.text.size();) {
    const std::size_t end = arch.text.find_first_of("~|+", start);
    if (arch.text[end] == '~') list.push_back(arch.text.substr(start, end - start));
    start = end + 1;
  }
  return list;
}

TEST(Nb201, NumbersAllItsCells) {
  const auto space = make_space("nb201");
  std::set<Arch> seen;
  for (std::uint64_t i = 0; i < 15625; ++i) {
    const Arch arch = space->at(i);
    ASSERT_TRUE(seen.insert(arch).second);
    ASSERT_EQ(space->index_of(arch), i);
    ASSERT_EQ(space->arch_of(space->picks_of(arch)), arch);
  }
}

TEST(Nb201, ItsNeighboursAreThe24CellsWithOneOtherEdge) {
  const auto space = make_space("nb201");
  std::vector<std::pair<Arch, std::vector<std::string>>> all;
  for (std::uint64_t i = 0; i < 15625; ++i) all.emplace_back(space->at(i), edges_of(space->at(i)));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::vector<Arch> list = space->neighbours(all[i].first);
    const std::set<Arch> neighbours(list.begin(), list.end());
    ASSERT_EQ(list.size(), 24U);
    ASSERT_EQ(neighbours.size(), 24U);
    if (i % 97 != 0) continue;  // each against all others
    for (const auto& [other, edges] : all) {
      const std::size_t same = static_cast<std::size_t>(std::ranges::count_if(
          std::views::iota(0, 6), [&, &mine = all[i].second](int edge) { return mine.at(edge) == edges.at(edge); }));
      ASSERT_EQ(neighbours.contains(other), same == 5) << all[i].first.text << ' ' << other.text;
    }
  }
}

TEST(Nb201, StatesItsChoices) {
  const auto space = make_space("nb201");
  const std::vector<std::string> operations = {"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"};
  std::vector<Place> places;
  for (const char* edge : {"edge_1_0", "edge_2_0", "edge_2_1", "edge_3_0", "edge_3_1", "edge_3_2"}) {
    places.push_back({.name = edge, .options = operations});
  }
  EXPECT_EQ(space->choices()->places(), places);
  EXPECT_EQ(space->picks_of(space->parse("|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|none~1|none~2|")),
            (Picks{3, 0, 4, 1, 0, 0}));
}

/// 73,306 + 243,040 per 3x3 and 28,000 per 1x1 edge (the benchmark's parameters), six of each. The super-network of
/// AutoDL-Projects has norms without scale and shift and biases instead where it is searched, and 1,692,698.
TEST(Nb201, TheMixedNetworkHasThePublishedSize) {
  const auto space = make_space("nb201");
  EXPECT_EQ(parameters(space->mixed({})), 1'699'546);
  EXPECT_EQ(parameters(space->mixed({}, Norms::batch)), 1'692'698);
  const Graph mixed = space->mixed({}, Norms::batch);
  for (const Node& node : mixed.nodes()) {
    const bool searched = node.name.find(".edge_") != std::string::npos;
    if (const auto* norm = std::get_if<op::BatchNorm>(&node.op)) {
      EXPECT_EQ(norm->affine, !searched && node.name != "head.bn") << node.name;
      EXPECT_EQ(norm->track, norm->affine) << node.name;
    }
    if (const auto* conv = std::get_if<op::Conv2d>(&node.op)) {
      EXPECT_EQ(conv->bias, searched) << node.name;
    }
  }
}

/// As DrNAS has it: no scale and shift, running statistics, no biases.
TEST(Nb201, TheMixedNetworkMayKeepRunningStatistics) {
  const Graph mixed = make_space("nb201")->mixed({}, Norms::running);
  for (const Node& node : mixed.nodes()) {
    const bool searched = node.name.find(".edge_") != std::string::npos;
    if (const auto* norm = std::get_if<op::BatchNorm>(&node.op)) {
      EXPECT_TRUE(norm->track) << node.name;
      EXPECT_EQ(norm->affine, !searched && node.name != "head.bn") << node.name;
    }
    if (const auto* conv = std::get_if<op::Conv2d>(&node.op)) {
      EXPECT_FALSE(conv->bias) << node.name;
    }
  }
}

/// Cell by cell the nodes of the cell's own architecture.
TEST(Nb201, APathMayHaveAnArchitecturePerCell) {
  const auto space = make_space("nb201:channels=4,cells=2");
  ASSERT_EQ(space->cells(), 6);
  Stream random(3);
  std::vector<Arch> path;
  for (int cell = 0; cell < 6; ++cell) path.push_back(space->sample(random));
  const Graph network = space->sub_network(path, {}, Norms::batch);
  const auto names_of = [](const Graph& graph, const std::string& cell) {
    std::vector<std::string> names;
    for (const Node& node : graph.nodes()) {
      if (node.name.starts_with(cell)) names.push_back(node.name + " " + std::string(name(node.op)));
    }
    return names;
  };
  for (int cell = 0; cell < 6; ++cell) {
    const std::string prefix = fmt::format("stage{}.cell{}.", cell / 2 + 1, cell % 2 + 1);
    EXPECT_EQ(names_of(network, prefix),
              names_of(space->sub_network(path[static_cast<std::size_t>(cell)], {}), prefix));
  }
  path.pop_back();
  EXPECT_THROW((void)space->sub_network(path, {}, Norms::batch), UsageError);
}

/// As PC-DARTS and DrNAS have it: what is learned is of a quarter of the channels, and of fewer options.
TEST(Nb201, AMixtureMayBeOfAPartOfTheChannelsAndOptions) {
  const auto space = make_space("nb201:channels=8,cells=1");
  const std::vector<std::vector<int>> kept = {{0, 1}, {2}, {2, 3}, {0, 1, 2, 3, 4}, {4}, {3, 4}};
  const Graph mixed = space->mixed({}, Mixture{.norms = Norms::running, .part = 4, .kept = kept});
  int convolutions = 0;
  for (const Node& node : mixed.nodes()) {
    const std::size_t edge = node.name.find(".edge_");
    if (edge == std::string::npos) continue;
    if (const auto* sum = std::get_if<op::Sum>(&node.op)) {
      const int to = node.name[edge + 6] - '0';
      const int from = node.name[edge + 8] - '0';
      EXPECT_EQ(node.inputs.size(), kept.at(static_cast<std::size_t>(to * (to - 1) / 2 + from)).size()) << node.name;
      EXPECT_EQ(sum->architecture, node.name.substr(edge + 1));
    }
    if (const auto* conv = std::get_if<op::Conv2d>(&node.op)) {
      ++convolutions;
      EXPECT_EQ(conv->out, node.name.starts_with("stage1") ? 2 : node.name.starts_with("stage2") ? 4 : 8) << node.name;
      EXPECT_EQ(mixed.node(node.inputs[0]).shape.channels, conv->out);
    }
    if (node.name.ends_with(".shuffled")) {
      EXPECT_EQ(node.shape.channels, node.name.starts_with("stage1") ? 8 : node.name.starts_with("stage2") ? 16 : 32);
    }
  }
  EXPECT_EQ(convolutions, 3 * 6);  // of the options 2 and 3, in three cells
  EXPECT_THROW((void)space->mixed({}, Mixture{.part = 3}), UsageError);
  EXPECT_THROW((void)space->mixed({}, Mixture{.kept = {{0}}}), UsageError);
}

/// All cells share the six times five coefficients.
TEST(Nb201, TheMixedNetworkHasASumPerEdge) {
  std::map<std::string, int> sums;
  const Graph mixed = make_space("nb201:cells=2")->mixed({});
  for (const Node& node : mixed.nodes()) {
    const auto* sum = std::get_if<op::Sum>(&node.op);
    if (sum == nullptr || sum->coefficients != op::Sum::Coefficients::architecture) continue;
    EXPECT_EQ(node.inputs.size(), 5U);
    EXPECT_TRUE(node.name.ends_with("." + sum->architecture)) << node.name;
    ++sums[sum->architecture];
  }
  EXPECT_EQ(sums,
            (std::map<std::string, int>{
                {"edge_1_0", 6}, {"edge_2_0", 6}, {"edge_2_1", 6}, {"edge_3_0", 6}, {"edge_3_1", 6}, {"edge_3_2", 6}}));
}

/// Of the 6,466 classes 5 are of cells that are not connected.
TEST(Nb201, SamplesAllDistinctCellsAndNoMore) {
  const auto space = make_space("nb201");
  EXPECT_EQ(sample_unique(*space, 6461, 1).size(), 6461U);
  EXPECT_EQ(message_of<UsageError>([&] { (void)sample_unique(*space, 6462, 1); }),
            "[nb201] expected at most 6461 architectures, as so many of its 15625 are connected and of different form; "
            "6462 were asked for");
}

TEST(Nb201, SamplesAreUniform) {
  Stream random(2);
  const auto space = make_space("nb201");
  std::map<std::string, int> first_edge;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const std::string text = space->sample(random).text;
    ++first_edge[text.substr(1, text.find('~') - 1)];
  }
  ASSERT_EQ(first_edge.size(), 5U);
  double chi2 = 0;
  for (const auto& [operation, count] : first_edge)
    chi2 += (count - kDraws / 5.0) * (count - kDraws / 5.0) / (kDraws / 5.0);
  EXPECT_LT(chi2, 18.47);  // 0.1 % of the chi-squared distribution with four degrees of freedom
}

TEST(Nb201, SaysWhereATextIsWrong) {
  const auto space = make_space("nb201");
  const auto says = [&](const char* text, const char* words) {
    EXPECT_THAT(message_of<UsageError>([&] { (void)space->parse(text); }), testing::HasSubstr(words)) << text;
  };
  says("|skip_connect~0|+|none~0|none~2|+|none~0|none~1|none~2|", "node 2, edge 1] expected source ~1; got 'none~2'");
  says("|skip_connect~0|+|none~0|nor_conv_5x5~1|+|none~0|none~1|none~2|", "unknown operation 'nor_conv_5x5'");
  says("|skip_connect~0|+|none~0|+|none~0|none~1|none~2|", "expected 2 edges into node 2; got 1");
  says("|skip_connect~0|+|none~0|none~1|", "expected 3 nodes");
  says("skip_connect~0|+|none~0|none~1|+|none~0|none~1|none~2|", "expected node 1 between bars");
  says("", "expected 3 nodes");
}

TEST(Nb201, RefusesImagesThatItCannotHalveTwice) {
  const auto space = make_space("nb201");
  EXPECT_THROW((void)space->lower(space->at(0), {.input = {.channels = 3, .height = 30, .width = 32}, .classes = 10}),
               UsageError);
}

/// Twenty sampled cells and one whole network as text: a change of what an architecture means shows up here.
TEST(Nb201, IsWhatTheGoldenFileSays) {
  const auto space = make_space("nb201:channels=8,cells=1");
  std::ostringstream text;
  for (const Arch& arch : sample_unique(*space, 20, 0)) {
    const Graph graph = space->lower(arch, {});
    text << arch.text << "\n  canonical " << space->canonical(arch) << "\n  params " << parameters(graph) << " macs "
         << macs(graph) << " index " << space->index_of(arch) << "\n";
  }
  text << to_text(space->lower(
      space->parse("|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"), {}));
  constexpr const char* kGolden = TSE_SOURCE "/tests/space/nb201_golden.txt";
  if (std::getenv("TSE_WRITE_GOLDEN") != nullptr) std::ofstream(kGolden) << text.str();
  std::ifstream file(kGolden);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text.str(), golden) << "if the change is meant, run this test with TSE_WRITE_GOLDEN set";
}

}  // namespace
}  // namespace tse
