#include "tse/space/nds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "support/expect_error.h"
#include "tse/base/error.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"

namespace tse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSpaces[] = {"vanilla", "resnet", "resnext-a", "resnext-b"};

/// As pycls counts them: values that convolutions and linear layers give for one image.
std::int64_t activations(const Graph& graph) {
  std::int64_t sum = 0;
  for (const Node& node : graph.nodes()) {
    if (std::holds_alternative<op::Conv2d>(node.op) || std::holds_alternative<op::Linear>(node.op))
      sum += node.shape.elements();
  }
  return sum;
}

NdsStages stages(int depth, int first, int second, int third, int groups = 1, int ratio = 1) {
  NdsStages all;
  const int widths[] = {first, second, third};
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = {.depth = depth, .width = widths[i], .groups = groups, .ratio = ratio};
  return all;
}

struct Known {
  NdsFamily family;
  NdsStages stages;
  std::int64_t params;
  std::int64_t macs;
  std::int64_t activations;
};

/// The first three are what pycls publishes of its and V-56 (dev/model_complexity.json); the others are of
/// an independent count by the rules of that file.
TEST(Nds, HasThePublishedParametersMacsAndActivations) {
  const Known list[] = {
      {NdsFamily::resnet, stages(9, 16, 32, 64), 855'770, 125'747'850, 544'778},
      {NdsFamily::resnet, stages(18, 16, 32, 64), 1'730'714, 253'149'834, 1'060'874},
      {NdsFamily::vanilla, stages(9, 16, 32, 64), 853'018, 125'485'706, 532'490},
      {NdsFamily::resnet, stages(1, 16, 16, 16), 15'226, 6'717'610, 64'522},
      {NdsFamily::resnet, stages(24, 256, 256, 256), 84'595'162, 37'510'105'610, 16'875'530},
      {NdsFamily::resnext_a, stages(3, 64, 128, 256, 8, 2), 359'898, 56'674'826, 892'938},
  };
  for (const Known& known : list) {
    const Graph network = nds_network(known.family, known.stages, 16, {});
    EXPECT_EQ(parameters(network), known.params) << nds_text(known.stages, true);
    EXPECT_EQ(macs(network), known.macs) << nds_text(known.stages, true);
    EXPECT_EQ(activations(network), known.activations) << nds_text(known.stages, true);
  }
}

/// Table 1 of the paper: (9*12)^3, (5*5*3*3)^3 and (5*5*3*5)^3.
TEST(Nds, HasThePublishedNumbersOfArchitectures) {
  EXPECT_EQ(make_space("vanilla")->size(), 1'259'712U);
  EXPECT_EQ(make_space("resnet")->size(), 1'259'712U);
  EXPECT_EQ(make_space("resnext-a")->size(), 11'390'625U);
  EXPECT_EQ(make_space("resnext-b")->size(), 52'734'375U);
}

std::vector<std::string> options_of(const std::string& space, const std::string& place) {
  const std::shared_ptr<const Space> made = make_space(space);
  for (const Place& each : made->choices()->places())
    if (each.name == place) return each.options;
  return {};
}

/// From the first to the last value in equal ratios, each rounded by hand.
TEST(Nds, ChoosesFromValuesAtEqualLogarithmicDistances) {
  EXPECT_THAT(options_of("resnet", "stage3.depth"), ElementsAre("1", "2", "3", "4", "5", "7", "11", "16", "24"));
  EXPECT_THAT(options_of("vanilla", "stage1.width"),
              ElementsAre("16", "21", "26", "34", "44", "56", "73", "93", "120", "155", "199", "256"));
  EXPECT_THAT(options_of("resnext-a", "stage2.depth"), ElementsAre("1", "2", "4", "8", "16"));
  EXPECT_THAT(options_of("resnext-a", "stage2.width"), ElementsAre("16", "32", "64", "128", "256"));
  EXPECT_THAT(options_of("resnext-b", "stage2.width"), ElementsAre("64", "128", "256", "512", "1024"));
  EXPECT_THAT(options_of("resnext-b", "stage3.groups"), ElementsAre("1", "2", "4", "8", "16"));
  EXPECT_THAT(options_of("resnext-a", "stage1.ratio"), ElementsAre("1", "2", "4"));
}

TEST(Nds, SmallerSpacesArePartsOfTheWhole) {
  const auto small = make_space("resnext-b:max_depth=5,max_width=128");
  EXPECT_THAT(options_of("resnext-b:max_depth=5,max_width=128", "stage1.depth"), ElementsAre("1", "2", "4"));
  EXPECT_THAT(options_of("resnext-b:max_depth=5,max_width=128", "stage1.width"), ElementsAre("64", "128"));
  const auto whole = make_space("resnext-b");
  Stream random(1);
  for (int i = 0; i < 50; ++i) {
    const Arch arch = small->sample(random);
    EXPECT_EQ(whole->parse(arch.text), arch);
    EXPECT_EQ(whole->lower(arch, {}), small->lower(arch, {}));
  }
  EXPECT_THAT(message_of<UsageError>([] { (void)make_space("resnext-b:max_width=32"); }), HasSubstr("64 or more"));
}

TEST(Nds, EveryWidthIsDivisibleByItsGroups) {
  for (const char* name : {"resnext-a", "resnext-b"}) {
    const auto space = make_space(name);
    for (const std::string& width : options_of(name, "stage1.width")) {
      for (const std::string& groups : options_of(name, "stage1.groups")) {
        for (const std::string& ratio : options_of(name, "stage1.ratio")) {
          const std::string stage = "d1w" + width + "g" + groups + "r" + ratio;
          EXPECT_NO_THROW((void)space->lower(space->parse(stage + "-" + stage + "-" + stage), {})) << stage;
        }
      }
    }
  }
  EXPECT_THROW((void)nds_network(NdsFamily::resnext_a, stages(1, 20, 20, 20, 4, 2), 16, {}), UsageError);
}

TEST(Nds, SaysWhatIsWrongWithAnArchitecture) {
  const auto message = [](const char* space, const std::string& text) {
    return message_of<UsageError>([&] { (void)make_space(space)->parse(text); });
  };
  EXPECT_THAT(message("resnet", ""), HasSubstr("'d' and the depth of stage 1 at character 1"));
  EXPECT_THAT(message("resnet", "d6w16-d1w16-d1w16"), HasSubstr("depth of stage 1, one of 1, 2, 3, 4, 5, 7"));
  EXPECT_THAT(message("resnet", "d1w16-d1w17-d1w16"), HasSubstr("width of stage 2, one of 16, 21"));
  EXPECT_THAT(message("resnet", "d1w16-d1w16"), HasSubstr("'-' and stage 3 at character 12; got ''"));
  EXPECT_THAT(message("resnet", "d1w16-d1w16-d1w16-d1w16"), HasSubstr("the end at character 18"));
  EXPECT_THAT(message("resnet", "d1w16g1r1-d1w16-d1w16"), HasSubstr("'-' and stage 2 at character 6; got 'g1r1"));
  EXPECT_THAT(message("resnext-a", "d1w16g8r1-d1w16g1r1-d1w16g1r1"), HasSubstr("groups of stage 1, one of 1, 2, 4,"));
  EXPECT_THAT(message("resnext-a", "d1w16-d1w16-d1w16"), HasSubstr("'g' and the groups of stage 1"));
  EXPECT_THAT(message("resnet", "d99999999999w16"), HasSubstr("one of"));
}

/// Architectures that differ are networks that differ.
TEST(Nds, NoTwoArchitecturesAreOneNetwork) {
  for (const char* name : kSpaces) {
    const auto space = make_space(name);
    Stream random(3);
    const Arch arch = space->sample(random);
    std::set<std::string> networks = {to_text(space->lower(arch, {}))};
    const std::vector<Arch> near = space->neighbours(arch);
    for (const Arch& neighbour : near) networks.insert(to_text(space->lower(neighbour, {})));
    EXPECT_EQ(networks.size(), near.size() + 1) << name << ' ' << arch.text;
  }
}

TEST(Nds, DrawsItsStages) {
  const auto space = make_space("resnext-a:stem=8");
  const Drawing drawing = space->draw(space->parse("d2w64g4r2-d1w16g1r1-d4w32g2r4"));
  EXPECT_THAT(drawing.nodes, ElementsAre("input", "stem", "stage 1", "stage 2", "stage 3", "output"));
  ASSERT_EQ(drawing.edges.size(), 5U);
  EXPECT_EQ(drawing.edges[0].label, "conv 3x3, width 8");
  EXPECT_EQ(drawing.edges[1].label, "2 bottlenecks, width 64, groups 4, ratio 2");
}

TEST(Nds, WeightsAreDrawnAsPyclsDraws) {
  for (const char* name : kSpaces) {
    const auto space = make_space(name);
    Stream random(3);
    EXPECT_EQ(space->lower(space->sample(random), {}).initialisation(), Initialisation::pycls);
  }
  const auto nb201 = make_space("nb201");
  Stream random(3);
  EXPECT_EQ(nb201->lower(nb201->sample(random), {}).initialisation(), Initialisation::pytorch);
}

}  // namespace
}  // namespace tse
