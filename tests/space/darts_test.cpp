#include "tse/space/darts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tse/base/csv.h"
#include "tse/base/error.h"
#include "tse/space/graph.h"
#include "tse/space/passes.h"
#include "tse/space/space.h"

namespace tse {
namespace {

using testing::HasSubstr;

constexpr const char* kV1 =
    "normal sep_conv_3x3:1 sep_conv_3x3:0 skip_connect:0 sep_conv_3x3:1 skip_connect:0 sep_conv_3x3:1 sep_conv_3x3:0 "
    "skip_connect:2 reduce max_pool_3x3:0 max_pool_3x3:1 skip_connect:2 max_pool_3x3:0 max_pool_3x3:0 skip_connect:2 "
    "skip_connect:2 avg_pool_3x3:0";
constexpr const char* kV2 =
    "normal sep_conv_3x3:0 sep_conv_3x3:1 sep_conv_3x3:0 sep_conv_3x3:1 sep_conv_3x3:1 skip_connect:0 skip_connect:0 "
    "dil_conv_3x3:2 reduce max_pool_3x3:0 max_pool_3x3:1 skip_connect:2 max_pool_3x3:1 max_pool_3x3:0 skip_connect:2 "
    "skip_connect:2 max_pool_3x3:1";

std::string all_of(const std::string& operation) {
  std::string text;
  for (const char* cell : {"normal", "reduce"}) {
    text += std::string(text.empty() ? "" : " ") + cell;
    for (int node = 0; node < 4; ++node) text += " " + operation + ":0 " + operation + ":1";
  }
  return text;
}

struct Known {
  std::string arch;
  std::string space;
  std::int64_t params;
  std::int64_t macs;
};

/// Published for DARTS_V2 (3.3 M parameters, arXiv 1806.09055), and of another implementation.
TEST(Darts, HasThePublishedParametersAndMacs) {
  const Known list[] = {
      {kV2, "darts:channels=36,cells=20", 3'349'342, 528'359'050},
      {kV1, "darts:channels=36,cells=20", 3'169'414, 500'987'530},
      {kV2, "darts:channels=32,cells=8", 919'722, 159'765'514},
      {kV1, "darts:channels=32,cells=8", 871'786, 152'441'866},
      {kV2, "darts", 246'106, 43'444'746},
      {all_of("max_pool_3x3"), "darts:channels=36,cells=20", 1'370'134, 227'272'330},
      {all_of("skip_connect"), "darts:channels=36,cells=20", 1'580'950, 248'505'994},
      {all_of("sep_conv_5x5"), "darts:channels=36,cells=20", 5'144'086, 817'833'610},
  };
  for (const auto& [arch, name, params, macs] : list) {
    const auto space = make_space(name);
    const Graph network = space->lower(space->parse(arch), {});
    EXPECT_EQ(parameters(network), params) << name << ' ' << arch;
    EXPECT_EQ(tse::macs(network), macs) << name << ' ' << arch;
  }
}

/// Of the same other implementation.
TEST(Darts, TheAuxiliaryHeadCountsForItself) {
  const std::pair<const char*, std::int64_t> list[] = {
      {"channels=36,cells=20", 476'426}, {"channels=32,cells=8", 468'234}, {"channels=16,cells=8", 435'466}};
  for (const auto& [options, params] : list) {
    const std::string name = std::string("darts:") + options;
    const auto space = make_space(name + ",auxiliary=0.4");
    const Graph network = space->lower(space->parse(kV2), {});
    const Graph alone = make_space(name)->lower(space->parse(kV2), {});
    EXPECT_EQ(parameters(network), parameters(alone));
    EXPECT_EQ(macs(network), macs(alone));
    EXPECT_EQ(without_auxiliaries(network), alone);
    EXPECT_EQ(simplified(network), simplified(alone));
    EXPECT_EQ(parameters(with_auxiliaries(network)) - parameters(network), params) << options;
    EXPECT_EQ(with_auxiliaries(network).output().shape.channels, 20);
  }
}

TEST(Darts, TheAuxiliaryHeadSaysWhatImagesItSees) {
  const auto space = make_space("darts:auxiliary=0.4");
  const Arch arch = space->parse(kV2);
  EXPECT_THROW((void)space->lower(arch, {.input = {.channels = 1, .height = 28, .width = 28}}), UsageError);
  EXPECT_NO_THROW((void)space->lower(arch, {.input = {.channels = 1, .height = 40, .width = 32}}));
  // what searches share has none
  EXPECT_TRUE(space->mixed({}, Norms::batch).auxiliaries().empty());
  EXPECT_TRUE(space->sub_network(arch, {}).auxiliaries().empty());
}

/// All operations but identities, as in DARTS's model.py; each image loses them by itself.
TEST(Darts, DropsPathsOfAllButIdentities) {
  const auto space = make_space("darts:cells=3,drop_path=0.2");
  std::vector<std::string> dropped;
  const Graph network = space->lower(space->parse(kV2), {});
  for (const Node& node : network.nodes()) {
    const auto* drop = std::get_if<op::DropPath>(&node.op);
    if (drop == nullptr) continue;
    EXPECT_EQ(drop->rate, 0.2);
    if (node.name.starts_with("cell1.") || node.name.starts_with("cell2.")) dropped.push_back(node.name);
  }
  // cells 2 and 3 reduce: five pools each; the normal cell has five separable convolutions and a dilated one
  EXPECT_EQ(std::ranges::count_if(dropped, [](const std::string& name) { return name.starts_with("cell1."); }), 6);
  EXPECT_EQ(std::ranges::count_if(dropped, [](const std::string& name) { return name.starts_with("cell2."); }), 5);
}

TEST(Darts, HasThePublishedNumberOfCells) {
  // 1,037,664,180 cells of seven operations
  EXPECT_EQ(make_space("darts")->size(), 1'037'664'180ULL * 1'037'664'180ULL);
  EXPECT_EQ(make_space("darts:none=1,repeated=1")->size(), std::nullopt);
}

TEST(Darts, ReadsAndWritesTheAuthorsForm) {
  const Darts space({});
  const std::string theirs =
      "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
      "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, "
      "5], "
      "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', "
      "0), "
      "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])";
  const Arch arch = space.parse(theirs);
  EXPECT_EQ(arch, space.parse(kV2));
  EXPECT_EQ(space.parse(*space.published_form(arch)), arch);
  std::string ranged = theirs;
  for (std::size_t at; (at = ranged.find("[2, 3, 4, 5]")) != std::string::npos;) ranged.replace(at, 12, "range(2, 6)");
  EXPECT_EQ(space.parse(ranged), arch);
  EXPECT_TRUE(space.published_form(arch)->starts_with("Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "));
}

TEST(Darts, SaysWhatIsWrongWithAGenotype) {
  const auto space = make_space("darts");
  const auto message = [&](const std::string& text) -> std::string {
    try {
      (void)space->parse(text);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "none";
  };
  const std::string good = kV2;
  EXPECT_EQ(message(good), "none");
  EXPECT_THAT(message(""), HasSubstr("expected 'normal' at character 1"));
  EXPECT_THAT(message(good + " sep_conv_3x3:0"), HasSubstr("the end"));
  EXPECT_THAT(message(good.substr(0, good.size() - 1)), HasSubstr("number of an earlier node"));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_THAT(message(with("sep_conv_3x3:0", "sep_conv_7x7:0")), HasSubstr("expected one of max_pool_3x3"));
  EXPECT_THAT(message(with("sep_conv_3x3:0", "none:0")), HasSubstr("expected one of max_pool_3x3"));
  EXPECT_THAT(message(with("sep_conv_3x3:0", "sep_conv_3x3:2")), HasSubstr("node 2"));
  EXPECT_THAT(message(with("sep_conv_3x3:0", "sep_conv_3x3:1")), HasSubstr("two different inputs"));
  EXPECT_THAT(message(with("sep_conv_3x3:0", "sep_conv_3x3:99999999999")), HasSubstr("number of an earlier node"));
  EXPECT_THAT(message("Genotype(normal=[('sep_conv_3x3', 0)"), HasSubstr("'('"));
  EXPECT_EQ(make_space("darts:none=1,repeated=1")->parse(with("sep_conv_3x3:0", "none:1")).text.find("none:1"), 7U);
}

TEST(Darts, KnowsWhatIsIsomorphic) {
  const auto space = make_space("darts");
  // the pair of a node in the other order is the same text already; two nodes that change places are of one form
  const Arch one = space->parse(
      "normal sep_conv_3x3:0 skip_connect:1 max_pool_3x3:0 skip_connect:1 skip_connect:0 skip_connect:1 skip_connect:0 "
      "skip_connect:1 reduce skip_connect:0 skip_connect:1 skip_connect:0 skip_connect:1 skip_connect:0 skip_connect:1 "
      "skip_connect:0 skip_connect:1");
  const Arch two = space->parse(
      "normal max_pool_3x3:0 skip_connect:1 skip_connect:1 sep_conv_3x3:0 skip_connect:0 skip_connect:1 skip_connect:0 "
      "skip_connect:1 reduce skip_connect:0 skip_connect:1 skip_connect:0 skip_connect:1 skip_connect:0 skip_connect:1 "
      "skip_connect:0 skip_connect:1");
  EXPECT_NE(one, two);
  EXPECT_EQ(space->canonical(one), space->canonical(two));
  EXPECT_NE(space->canonical(one), space->canonical(space->parse(kV2)));
}

TEST(Darts, IsConnectedWhereBothCellsAre) {
  const auto space = make_space("darts:none=1");
  EXPECT_TRUE(space->connected(space->parse(kV2)));
  EXPECT_FALSE(space->connected(space->parse(all_of("none"))));
}

/// What the mixture has: 14 edges of 8 operations in each kind of cell.
TEST(Darts, TheMixtureHasASumPerEdge) {
  const Graph mixed = make_space("darts:none=1,cells=8")->mixed({}, Norms::running);
  std::map<std::string, int> sums;
  for (const Node& node : mixed.nodes()) {
    const auto* sum = std::get_if<op::Sum>(&node.op);
    if (sum == nullptr || sum->coefficients != op::Sum::Coefficients::architecture) continue;
    EXPECT_EQ(node.inputs.size(), 8U);
    ++sums[sum->architecture];
  }
  EXPECT_EQ(sums.size(), 28U);
  for (const auto& [name, count] : sums) EXPECT_EQ(count, name.starts_with("normal") ? 6 : 2) << name;
}

/// A part of the channels goes through the options, the others past them, halved where these halve, as PC-DARTS and
/// DrNAS have it; all options have their edge's own place among the 28.
TEST(Darts, AMixtureMayBeOfAPartOfTheChannelsAndOptions) {
  const auto space = make_space("darts:channels=8,cells=3");
  const std::vector<Place> places = space->mixture_choices().places();
  std::vector<std::vector<int>> kept;
  for (int place = 0; place < 28; ++place)
    kept.push_back(place % 2 == 0 ? std::vector<int>{2} : std::vector<int>{1, 3, 6});
  const Graph mixed = space->mixed({}, Mixture{.norms = Norms::running, .part = 4, .kept = kept});
  int halved = 0;
  for (const Node& node : mixed.nodes()) {
    if (const auto* sum = std::get_if<op::Sum>(&node.op);
        sum != nullptr && sum->coefficients == op::Sum::Coefficients::architecture) {
      const auto place = std::ranges::find(places, sum->architecture, &Place::name) - places.begin();
      ASSERT_LT(place, 28);
      EXPECT_EQ(node.inputs.size(), place % 2 == 0 ? 1U : 3U) << node.name;
      EXPECT_EQ(node.shape.channels, node.name.starts_with("cell1") ? 2 : node.name.starts_with("cell2") ? 4 : 8);
    }
    if (node.name.ends_with(".by.pool")) ++halved;
    if (const auto* conv = std::get_if<op::Conv2d>(&node.op); conv != nullptr && conv->groups > 1) {
      EXPECT_EQ(conv->groups, node.shape.channels);
    }
  }
  EXPECT_EQ(halved, 2 * 8);  // of two reductions, the edges from both inputs to four nodes
  EXPECT_EQ(mixed.output().shape.channels, 10);
  EXPECT_THROW((void)space->mixed({}, Mixture{.part = 3}), UsageError);
  EXPECT_THROW((void)space->mixed({}, Mixture{.part = 8}), UsageError);
  EXPECT_THROW((void)space->mixed({}, Mixture{.kept = std::vector<std::vector<int>>(24, {0})}), UsageError);
}

/// Each node keeps its two best edges, by their best operation that is one.
TEST(Darts, DerivesAsDartsDoes) {
  const auto space = make_space("darts:none=1");
  Shares shares(28, std::vector<double>(8, 0.05));
  for (std::vector<double>& edge : shares) edge[0] = 0.9;  // none, which never wins
  // of the normal cell's node 4: edges 5 to 8, from 0, 1, 2 and 3
  shares[6][4] = 0.08;
  shares[8][2] = 0.07;
  const std::string text = space->derived(shares).text;
  EXPECT_THAT(text, HasSubstr("normal max_pool_3x3:0 max_pool_3x3:1 max_pool_3x3:0 max_pool_3x3:1 sep_conv_3x3:1 "
                              "avg_pool_3x3:3 max_pool_3x3:0 max_pool_3x3:1 reduce"));
}

std::filesystem::path shared(const char* file) { return std::filesystem::path(TSE_SHARED) / "tables" / file; }

TEST(Darts, ReadsTheGenotypesOfTheOneShotTables) {
  const std::filesystem::path file = shared("darts_oneshot_500_genotypes.txt");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  const auto space = make_space("darts");
  std::ifstream lines(file);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const Arch arch = space->parse(line);
    if (count == 0) {
      EXPECT_EQ(arch, space->parse("normal dil_conv_5x5:0 skip_connect:1 max_pool_3x3:2 sep_conv_5x5:1 skip_connect:2 "
                                   "skip_connect:0 dil_conv_5x5:4 skip_connect:2" +
                                   line.substr(line.find(" reduce"))));
    }
    EXPECT_GT(parameters(space->lower(arch, {})), 0);
  }
  EXPECT_EQ(count, 500);
}

TEST(Darts, ReadsATableWithRepeatedInputsAndNone) {
  const std::filesystem::path file = shared("darts_cifar10_500/final.csv");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  const auto space = make_space("darts:none=1,repeated=1");
  const Csv table = Csv::read(file);
  EXPECT_EQ(table.rows(), 500U);
  for (const std::string_view text : table.keys("arch")) {
    const Arch arch = space->parse(text);
    EXPECT_EQ(space->parse(arch.text), arch);
    EXPECT_GT(parameters(space->lower(arch, {})), 0);
  }
}

}  // namespace
}  // namespace tse
