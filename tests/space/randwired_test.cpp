#include "tse/space/randwired.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "support/expect_error.h"
#include "tse/base/error.h"
#include "tse/base/json.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> texts(const std::vector<Arch>& archs) {
  std::vector<std::string> list;
  for (const Arch& arch : archs) list.push_back(arch.text);
  return list;
}

/// Drawn by the script beside the file with streams and generators of its own.
TEST(RandWired, DrawsTheGraphsOfItsText) {
  std::ifstream stream(TSE_SOURCE "/tests/train/expected_randwired.json");
  for (const Json& drawn : Json::parse(stream).at("drawn")) {
    const auto space = make_space("randwired:nodes=" + drawn.at("nodes").dump());
    const Arch arch = space->parse(drawn.at("arch").get<std::string>());
    EXPECT_EQ(arch.text, drawn.at("arch").get<std::string>());
    EXPECT_EQ(space->canonical(arch), drawn.at("canonical").get<std::string>()) << arch.text;
  }
}

/// Xie et al. 2019, Table 2 (arXiv 1904.01569v2): RandWire-WS of the small regime, C = 78, on ImageNet has 5.6 M +- 0.1
/// M parameters and 583 M +- 6.2 M multiply-adds, by mean and standard deviation of five.
TEST(RandWired, HasThePublishedParametersAndMacs) {
  const auto space = make_space("randwired:nodes=32,channels=78,halvings=2,generator=ws,k=4,p=0.75");
  const Task task{.input = {.channels = 3, .height = 224, .width = 224}, .classes = 1000};
  double params = 0;
  double macs = 0;
  constexpr int kArchs = 20;
  for (const Arch& arch : space->of_each_setting(kArchs)) {
    const Graph graph = space->lower(arch, task);
    params += static_cast<double>(parameters(graph)) / kArchs;
    macs += static_cast<double>(tse::macs(graph)) / kArchs;
  }
  EXPECT_NEAR(params, 5.6e6, 0.1e6);
  EXPECT_NEAR(macs, 583e6, 6.2e6);
}

/// By hand: C channels, N = 3 on a ring, so node 2 takes in 0 and 1, node 1 takes in 0, and node 0 reads the stage's
/// input.
TEST(RandWired, CountsWhatItLearns) {
  const auto space = make_space("randwired:nodes=3,channels=8,features=10,generator=ws,k=2,p=0");
  const auto node = [](int in, int out) { return 9 * in + in * out + 2 * out; };
  const auto stage = [&](int in, int out) { return node(in, out) + 2 * node(out, out) + 3; };  // three edges
  const int stem = 27 * 4 + 2 * 4 + 9 * 4 * 8 + 2 * 8;
  const int head = 32 * 10 + 2 * 10 + 10 * 7 + 7;
  const Task task{.input = {.channels = 3, .height = 32, .width = 32}, .classes = 7};
  EXPECT_EQ(parameters(space->lower(space->parse("ws(k=2,p=0,seed=1)"), task)),
            stem + stage(8, 8) + stage(8, 16) + stage(16, 32) + head);
}

TEST(RandWired, HalvesTheImagesOnceInEveryStageAndInTheStemWhereAsked) {
  for (int halvings = 0; halvings <= 2; ++halvings) {
    const auto space = make_space("randwired:nodes=4,channels=4,generator=ba,halvings=" + std::to_string(halvings));
    const Graph graph = space->lower(space->parse("ba(m=2,seed=1)"), {});
    const Node& last = *std::ranges::find(graph.nodes(), "head.conv", &Node::name);
    EXPECT_EQ(last.shape, (Shape{.channels = 1280, .height = 4 >> halvings, .width = 4 >> halvings}));
  }
}

/// Every edge of the graphs is a coefficient, every node a depthwise separable convolution, every end one of the mean.
TEST(RandWired, LowersEachGraphNodeByNode) {
  const RandWired space({.nodes = 12, .channels = 4});
  Stream random(1);
  for (int i = 0; i < 20; ++i) {
    const Arch arch = space.sample(random);
    const Graph graph = space.lower(arch, {});
    std::map<std::string, const Node*> nodes;
    for (const Node& node : graph.nodes()) nodes[node.name] = &node;
    for (int stage = 1; stage <= 3; ++stage) {
      const Wiring wiring = space.wiring(arch, stage);
      const std::string prefix = "stage" + std::to_string(stage) + ".";
      std::set<std::size_t> ends;
      for (std::size_t number = 0; number < wiring.size(); ++number) {
        const std::string name = prefix + "node_" + std::to_string(number);
        ends.insert(number);
        std::vector<std::string> inputs;
        for (const int input : wiring[number]) {
          ends.erase(static_cast<std::size_t>(input));
          inputs.push_back(prefix + "node_" + std::to_string(input) + ".bn");
        }
        ASSERT_EQ(nodes.contains(name + ".sum"), !inputs.empty());
        EXPECT_EQ(std::get<op::Conv2d>(nodes.at(name + ".depthwise")->op).stride, inputs.empty() ? 2 : 1);
        if (inputs.empty()) continue;
        const Node& sum = *nodes.at(name + ".sum");
        EXPECT_EQ(std::get<op::Sum>(sum.op).coefficients, op::Sum::Coefficients::positive);
        std::vector<std::string> summed;
        for (const NodeId input : sum.inputs) summed.push_back(graph.node(input).name);
        EXPECT_EQ(summed, inputs);
      }
      ASSERT_EQ(nodes.contains(prefix + "mean"), ends.size() > 1);
      if (ends.size() == 1) continue;
      const Node& mean = *nodes.at(prefix + "mean");
      EXPECT_EQ(mean.inputs.size(), ends.size());
      for (const double share : std::get<op::Sum>(mean.op).constants)
        EXPECT_EQ(share, 1.0 / static_cast<double>(ends.size()));
    }
  }
}

TEST(RandWired, ReadsItsTextsInMoreWaysThanItWritesThem) {
  const RandWired space({});
  EXPECT_EQ(space.parse(" ws ( k = 4 , p = 0.750 , seed = 003 ) ").text, "ws(k=4,p=0.75,seed=3)");
  EXPECT_EQ(space.parse("ws(k=4,p=1.000000,seed=0)").text, "ws(k=4,p=1,seed=0)");
  EXPECT_EQ(space.parse("er(p=0.123456,seed=999999)").text, "er(p=0.123456,seed=999999)");
  EXPECT_EQ(space.parse("ba(m=27,seed=1)").text, "ba(m=27,seed=1)");
}

TEST(RandWired, SaysWhereATextIsWrong) {
  const RandWired space({});
  const auto message = [&](const char* text) { return message_of<UsageError>([&] { (void)space.parse(text); }); };
  EXPECT_THAT(message("xy(k=4)"),
              HasSubstr("[randwired 'xy(k=4)'] expected ws, er or ba at character 1; got 'xy(k=4)'"));
  EXPECT_THAT(message("ws(4,p=0.5,seed=1)"), HasSubstr("expected 'k' at character 4; got '4,p=0.5,seed=1)'"));
  EXPECT_THAT(message("ws(k=-4,p=0.5,seed=1)"), HasSubstr("expected a number below 1000000 at character 6"));
  EXPECT_THAT(message("ws(k=4,p=0.5,seed=1000000)"), HasSubstr("expected a number below 1000000 at character 19"));
  EXPECT_THAT(message("ws(k=4,p=0.5,seed=99999999999)"), HasSubstr("expected a number below 1000000"));
  for (const char* p : {"1.5", "2", ".5", "0.", "0.1234567", "0.5.5", "", "1e-3", "-0.1", "00.5", "1.0000001", "nan"}) {
    EXPECT_THAT(message(("ws(k=4,p=" + std::string(p) + ",seed=1)").c_str()),
                testing::AnyOf(HasSubstr("expected a probability in [0, 1] of at most six decimals at character 10"),
                               HasSubstr("expected ',' at character 11")))
        << p;
  }
  EXPECT_THAT(message("ws(k=4,p=0.5,seed=1"), HasSubstr("expected ')' at character 20; got ''"));
  EXPECT_THAT(message("ws(k=4,p=0.5,seed=1)x"), HasSubstr("expected the end at character 21; got 'x'"));
  EXPECT_THAT(message("ws(p=0.5,k=4,seed=1)"), HasSubstr("expected 'k' at character 4"));
  EXPECT_THAT(message("ws(k=3,p=0.5,seed=1)"), HasSubstr("expected an even k in [2, 27]; got 'ws(k=3,p=0.5,seed=1)'"));
  EXPECT_THAT(message("ws(k=28,p=0.5,seed=1)"), HasSubstr("expected an even k in [2, 27]"));
  EXPECT_THAT(message("ba(m=0,seed=1)"), HasSubstr("expected m in [1, 27]"));
  EXPECT_THAT(message("ba(m=28,seed=1)"), HasSubstr("expected m in [1, 27]"));
  EXPECT_THAT(message("er(p=0.01,seed=1)"), HasSubstr("expected a p at which at least one graph in 1000 of 28 nodes"));
}

TEST(RandWired, IsRestrictedByItsOptions) {
  const auto one = make_space("randwired:nodes=28,generator=ws,k=4,p=0.75");
  EXPECT_EQ(one->spec(), "randwired:generator=ws,k=4,p=0.75");
  Stream random(1);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(one->setting_of(one->sample(random)), "ws(k=4,p=0.75)");
  EXPECT_EQ(one->parse("ws(k=4,p=0.75,seed=3)").text, "ws(k=4,p=0.75,seed=3)");
  for (const char* other : {"ws(k=2,p=0.75,seed=3)", "ws(k=4,p=0.7,seed=3)", "er(p=0.75,seed=3)", "ba(m=4,seed=3)"}) {
    EXPECT_THAT(message_of<UsageError>([&] { (void)one->parse(other); }),
                HasSubstr("expected an architecture of randwired:generator=ws,k=4,p=0.75"));
  }
  EXPECT_THAT(texts(one->neighbours({"ws(k=4,p=0.75,seed=3)"})),
              ElementsAre("ws(k=4,p=0.75,seed=2)", "ws(k=4,p=0.75,seed=4)"));
  const auto er = make_space("randwired:generator=er");
  EXPECT_EQ(er->parse("er(p=0.33,seed=1)").text, "er(p=0.33,seed=1)");
  EXPECT_THROW((void)er->parse("ba(m=3,seed=1)"), UsageError);
  EXPECT_EQ(make_space("randwired:generator=ba,m=9")->of_each_setting(2).size(), 2U);
}

TEST(RandWired, RefusesOptionsThatLeaveNothing) {
  const auto message = [](const char* spec) { return message_of<UsageError>([&] { (void)make_space(spec); }); };
  EXPECT_THAT(message("randwired:k=4"), HasSubstr("[space randwired] expected generator=ws beside k; got any"));
  EXPECT_THAT(message("randwired:generator=er,m=4"), HasSubstr("expected generator=ba beside m; got er"));
  EXPECT_THAT(message("randwired:generator=ba,p=0.5"), HasSubstr("expected generator=ws or er beside p; got ba"));
  EXPECT_THAT(message("randwired:generator=ws,p=-0.5"), HasSubstr("expected p in [0, 1], or -1 for any; got -0.5"));
  EXPECT_THAT(message("randwired:generator=ws,p=0.1234567"), HasSubstr("expected p of at most six decimals"));
  EXPECT_THAT(message("randwired:generator=ws,k=5"), HasSubstr("expected an even k in [2, 27]; got"));
  EXPECT_THAT(message("randwired:nodes=2,generator=ws"), HasSubstr("expected an even k in [2, 1]; got"));
  EXPECT_THAT(message("randwired:channels=7"), HasSubstr("expected channels that are even"));
}

TEST(RandWired, NeighboursAreOneStepOfTheStudyAway) {
  const RandWired space({});
  EXPECT_THAT(texts(space.neighbours({"ws(k=4,p=0.7,seed=3)"})),
              ElementsAre("ws(k=4,p=0.7,seed=2)", "ws(k=4,p=0.7,seed=4)", "ws(k=2,p=0.7,seed=3)",
                          "ws(k=6,p=0.7,seed=3)", "ws(k=4,p=0.6,seed=3)", "ws(k=4,p=0.8,seed=3)"));
  EXPECT_THAT(texts(space.neighbours({"ws(k=2,p=0.05,seed=0)"})),
              ElementsAre("ws(k=2,p=0.05,seed=1)", "ws(k=4,p=0.05,seed=0)", "ws(k=2,p=0.15,seed=0)"));
  EXPECT_THAT(texts(space.neighbours({"er(p=0.95,seed=999999)"})),
              ElementsAre("er(p=0.95,seed=999998)", "er(p=0.9,seed=999999)", "er(p=1,seed=999999)"));
  EXPECT_THAT(texts(space.neighbours({"ba(m=1,seed=5)"})),
              ElementsAre("ba(m=1,seed=4)", "ba(m=1,seed=6)", "ba(m=2,seed=5)"));
}

TEST(RandWired, HasThe69SettingsOfTheStudy) {
  const RandWired space({});
  const std::vector<Arch> list = space.of_each_setting(8);
  ASSERT_EQ(list.size(), 69U * 8);
  std::map<std::string, std::vector<std::string>> groups;
  for (const Arch& arch : list) groups[space.setting_of(arch)].push_back(arch.text);
  EXPECT_EQ(groups.size(), 69U);
  for (const auto& [setting, archs] : groups) EXPECT_EQ(archs.size(), 8U) << setting;
  EXPECT_EQ(list.front().text, "ws(k=2,p=0,seed=0)");
  EXPECT_EQ(list[8 * 44 - 1].text, "ws(k=8,p=1,seed=7)");
  EXPECT_EQ(list[8 * 44].text, "er(p=0.1,seed=0)");
  EXPECT_EQ(list[8 * 62 - 1].text, "er(p=0.95,seed=7)");
  EXPECT_EQ(list.back().text, "ba(m=7,seed=7)");
  EXPECT_THROW((void)space.of_each_setting(0), UsageError);
  EXPECT_THROW((void)make_space("nb201")->of_each_setting(8), UsageError);
  EXPECT_THROW((void)make_space("nb201")->setting_of({"ws(k=2,p=0,seed=0)"}), UsageError);
}

TEST(RandWired, SamplesEachSettingEquallyOften) {
  const RandWired space({});
  Stream random(1);
  std::map<std::string, int> count;
  constexpr int kSamples = 69 * 200;
  for (int i = 0; i < kSamples; ++i) ++count[space.setting_of(space.sample(random))];
  ASSERT_EQ(count.size(), 69U);
  double chi_squared = 0;
  for (const auto& [setting, times] : count) chi_squared += std::pow(times - 200, 2) / 200.0;
  EXPECT_LT(chi_squared, 109.8);  // of 68 degrees of freedom, passed by one in a thousand
}

TEST(RandWired, OneRingIsOneForm) {
  const RandWired space({});
  EXPECT_EQ(space.canonical({"ws(k=4,p=0,seed=1)"}), space.canonical({"ws(k=4,p=0,seed=2)"}));
  EXPECT_NE(space.canonical({"ws(k=4,p=0.1,seed=1)"}), space.canonical({"ws(k=4,p=0.1,seed=2)"}));
  EXPECT_NE(space.canonical({"ws(k=2,p=0,seed=1)"}), space.canonical({"ws(k=4,p=0,seed=1)"}));
}

/// The chance that a graph of few edges is connected, from which the draws are repeated: the worst settings of the
/// study.
TEST(RandWired, ThinGraphsAreConnectedOftenEnough) {
  Stream random(1);
  for (const int nodes : {28, 128}) {
    int connected = 0;
    for (int i = 0; i < 2000; ++i) connected += is_connected(watts_strogatz(nodes, 2, 1, random)) ? 1 : 0;
    EXPECT_GT(connected, 20) << nodes;
  }
}

TEST(RandWired, DrawsTheFirstGraph) {
  const RandWired space({.nodes = 3});
  const Drawing drawing = space.draw({"ws(k=2,p=0,seed=1)"});
  EXPECT_THAT(drawing.nodes, ElementsAre("in", "0", "1", "2", "out"));
  const auto edge = [](int from, int to) { return Drawing::Edge{.from = from, .to = to, .label = ""}; };
  EXPECT_THAT(drawing.edges, ElementsAre(edge(0, 1), edge(1, 2), edge(1, 3), edge(2, 3), edge(3, 4)));
}

}  // namespace
}  // namespace tse
