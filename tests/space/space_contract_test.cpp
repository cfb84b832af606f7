#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "support/expect_error.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"

namespace tse {
namespace {

/// What every search space must hold to. A new one is tested by its line in the registry.
class SpaceContract : public testing::TestWithParam<std::string> {
 protected:
  static constexpr int kSamples = 100;

  std::shared_ptr<const Space> space_ = make_space(GetParam());
  Stream random_{20};
};

/// At how many places the picks differ.
int differences(const Picks& a, const Picks& b) {
  EXPECT_EQ(a.size(), b.size());
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] == b.at(i) ? 0 : 1;
  return count;
}

/// The graph with numbers for names.
Graph numbered(const Graph& graph) {
  Graph result;
  for (const Node& node : graph.nodes()) {
    if (node.inputs.empty()) {
      result.add_input(node.shape);
    } else {
      result.add(std::to_string(result.nodes().size()), node.op, node.inputs);
    }
  }
  return result;
}

TEST_P(SpaceContract, ItsSpecNamesIt) {
  EXPECT_EQ(space_->spec(), GetParam());
  EXPECT_EQ(make_space(space_->spec())->spec(), space_->spec());
}

TEST_P(SpaceContract, ParsesWhatItPrints) {
  for (int i = 0; i < kSamples; ++i) {
    const Arch arch = space_->sample(random_);
    EXPECT_EQ(space_->parse(arch.text), arch);
  }
}

TEST_P(SpaceContract, ParsesWhatItsAuthorsWrite) {
  for (int i = 0; i < kSamples; ++i) {
    const Arch arch = space_->sample(random_);
    const std::string text = space_->published_form(arch).value_or(arch.text);
    EXPECT_EQ(space_->parse(text), arch) << text;
  }
}

TEST_P(SpaceContract, RefusesBrokenTexts) {
  for (int i = 0; i < kSamples; ++i) {
    std::string text = space_->sample(random_).text;
    text.resize(random_.below(text.size()));
    EXPECT_THROW((void)space_->parse(text), UsageError) << text;
  }
  EXPECT_THROW((void)space_->parse("no architecture"), UsageError);
}

TEST_P(SpaceContract, SamplesDependOnTheStreamAlone) {
  Stream one(5);
  Stream same(5);
  std::set<Arch> seen;
  for (int i = 0; i < kSamples; ++i) {
    const Arch arch = space_->sample(one);
    EXPECT_EQ(space_->sample(same), arch);
    seen.insert(arch);
  }
  EXPECT_GT(seen.size(), static_cast<std::size_t>(kSamples) / 2);
}

TEST_P(SpaceContract, NeighboursAreDifferentValidAndMutual) {
  for (int i = 0; i < 10; ++i) {
    const Arch arch = space_->sample(random_);
    const std::vector<Arch> list = space_->neighbours(arch);
    EXPECT_EQ(std::set<Arch>(list.begin(), list.end()).size(), list.size());
    EXPECT_THAT(list, testing::Not(testing::Contains(arch)));
    for (const Arch& neighbour : list) {
      EXPECT_EQ(space_->parse(neighbour.text), neighbour);
      EXPECT_THAT(space_->neighbours(neighbour), testing::Contains(arch));
    }
  }
}

TEST_P(SpaceContract, LowersToAClassifierOfTheTask) {
  for (const Task& task : {Task{}, Task{.input = {.channels = 1, .height = 28, .width = 28}, .classes = 7}}) {
    for (int i = 0; i < 20; ++i) {
      const Graph graph = space_->lower(space_->sample(random_), task);
      EXPECT_EQ(graph.nodes().front().shape, task.input);
      EXPECT_EQ(graph.output().shape, (Shape{.channels = task.classes, .height = 1, .width = 1}));
      EXPECT_GT(parameters(graph), 0);
      EXPECT_GT(macs(graph), 0);
    }
  }
}

TEST_P(SpaceContract, EnumeratesEachOnce) {
  if (!space_->size()) GTEST_SKIP() << "this space has no enumeration";
  for (int i = 0; i < kSamples; ++i) {
    const std::uint64_t index = random_.below(*space_->size());
    EXPECT_EQ(space_->index_of(space_->at(index)), index);
  }
  EXPECT_THROW((void)space_->at(*space_->size()), UsageError);
}

TEST_P(SpaceContract, ItsDistinctOnesAreCounted) {
  if (!space_->distinct()) GTEST_SKIP() << "their number is not known";
  ASSERT_LT(space_->size().value(), 1'000'000U) << "too many to count here";
  std::set<std::string> forms;
  for (std::uint64_t i = 0; i < *space_->size(); ++i) {
    const Arch arch = space_->at(i);
    if (space_->connected(arch)) forms.insert(space_->canonical(arch));
  }
  EXPECT_EQ(forms.size(), *space_->distinct());
}

TEST_P(SpaceContract, ItsPicksAreItsArchitectures) {
  if (space_->choices() == nullptr) GTEST_SKIP() << "this space states no choices";
  const Choices& choices = *space_->choices();
  EXPECT_EQ(space_->size(), choices.size());
  for (int i = 0; i < kSamples; ++i) {
    const Picks picks = choices.sample(random_);
    const Arch arch = space_->arch_of(picks);
    EXPECT_EQ(space_->parse(arch.text), arch);
    EXPECT_EQ(space_->picks_of(arch), picks);
    if (choices.size()) {
      EXPECT_EQ(space_->index_of(arch), choices.index_of(picks));
    }
  }
  Picks wrong = choices.sample(random_);
  wrong.back() = static_cast<int>(choices.places().back().options.size());
  EXPECT_THAT(message_of<UsageError>([&] { (void)space_->arch_of(wrong); }),
              testing::HasSubstr(choices.places().back().name));
}

TEST_P(SpaceContract, NeighboursDifferInOnePick) {
  if (space_->choices() == nullptr) GTEST_SKIP() << "this space states no choices";
  std::size_t others = 0;
  for (const Place& place : space_->choices()->places()) others += place.options.size() - 1;
  for (int i = 0; i < 10; ++i) {
    const Arch arch = space_->sample(random_);
    const std::vector<Arch> list = space_->neighbours(arch);
    EXPECT_EQ(list.size(), others);
    for (const Arch& neighbour : list) {
      EXPECT_EQ(differences(space_->picks_of(arch), space_->picks_of(neighbour)), 1);
    }
  }
}

TEST_P(SpaceContract, SubNetworksAreItsNetworksUnderOtherNames) {
  if (!space_->has_super_network()) GTEST_SKIP() << "this space has no super-network";
  for (int i = 0; i < 20; ++i) {
    const Arch arch = space_->sample(random_);
    EXPECT_EQ(to_text(numbered(space_->sub_network(arch, {}))), to_text(numbered(space_->lower(arch, {}))));
  }
}

TEST_P(SpaceContract, SaysThatItHasNoSuperNetwork) {
  if (space_->has_super_network()) GTEST_SKIP() << "this space has one";
  EXPECT_THROW((void)space_->sub_network(space_->sample(random_), {}), UsageError);
  EXPECT_THROW((void)space_->mixed({}), UsageError);
}

/// What learns, by name: its op and what shape it sees and gives, which is all that its parameters depend on.
std::map<std::string, std::string> learners(const Graph& graph) {
  std::map<std::string, std::string> list;
  for (const Node& node : graph.nodes()) {
    Graph alone;
    if (node.inputs.empty()) continue;
    const NodeId input = alone.add_input(graph.node(node.inputs[0]).shape);
    alone.add(node.name, node.op, std::vector<NodeId>(node.inputs.size(), input));
    if (parameters(alone) > 0) list[node.name] = to_text(alone);
  }
  return list;
}

TEST_P(SpaceContract, TheMixedNetworkHasWhatItsSubNetworksLearnAndNoMore) {
  if (!space_->has_super_network()) GTEST_SKIP() << "this space has no super-network";
  const Task task{.input = {.channels = 3, .height = 32, .width = 32}, .classes = 7};
  const Graph mixed = space_->mixed(task);
  EXPECT_EQ(mixed.output().shape, (Shape{.channels = 7, .height = 1, .width = 1}));
  const std::map<std::string, std::string> all = learners(mixed);
  std::map<std::string, std::string> of_parts;
  const auto add_part = [&](const Arch& arch) {
    for (const auto& [name, learner] : learners(space_->sub_network(arch, task))) {
      ASSERT_TRUE(all.contains(name)) << name;
      EXPECT_EQ(learner, all.at(name)) << name;
      of_parts[name] = learner;
    }
  };
  const int samples = space_->choices()->places().size() > 6 ? 300 : 20;
  for (int i = 0; i < samples; ++i) add_part(space_->sample(random_));
  // together these have every option of every place
  std::size_t most = 0;
  for (const Place& place : space_->choices()->places()) most = std::max(most, place.options.size());
  for (std::size_t option = 0; option < most; ++option) {
    Picks picks;
    for (const Place& place : space_->choices()->places()) {
      picks.push_back(static_cast<int>(std::min(option, place.options.size() - 1)));
    }
    add_part(space_->arch_of(picks));
  }
  EXPECT_EQ(of_parts, all);
}

/// A mixture that is one architecture alone is found to be that one.
TEST_P(SpaceContract, DerivesAnArchitectureFromShares) {
  if (!space_->has_super_network()) GTEST_SKIP() << "this space has no super-network";
  for (int i = 0; i < kSamples; ++i) {
    Shares shares;
    for (const Place& place : space_->mixture_choices().places()) {
      std::vector<double>& of_place = shares.emplace_back();
      for (std::size_t option = 0; option < place.options.size(); ++option) of_place.push_back(random_.unit());
    }
    const Arch found = space_->derived(shares);
    EXPECT_EQ(space_->parse(found.text), found);
    for (std::vector<double>& of_place : shares)
      for (double& share : of_place) share *= 2;  // only their order counts
    EXPECT_EQ(space_->derived(shares), found);
  }
}

TEST_P(SpaceContract, SampledSetsAreConnectedAndOfDifferentForm) {
  const std::vector<Arch> list = sample_unique(*space_, 50, 3);
  std::set<std::string> forms;
  for (const Arch& arch : list) {
    EXPECT_TRUE(space_->connected(arch));
    forms.insert(space_->canonical(arch));
  }
  EXPECT_EQ(forms.size(), 50U);
  EXPECT_EQ(sample_unique(*space_, 50, 3), list);
  EXPECT_NE(sample_unique(*space_, 50, 4), list);
}

TEST_P(SpaceContract, DrawingsAreDirectedAcyclicGraphs) {
  for (int i = 0; i < kSamples; ++i) {
    const Drawing drawing = space_->draw(space_->sample(random_));
    for (const Drawing::Edge& edge : drawing.edges) {
      EXPECT_LT(edge.from, edge.to);
      EXPECT_LT(static_cast<std::size_t>(edge.to), drawing.nodes.size());
    }
  }
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& letter : name) {
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  }
  return name;
}

std::vector<std::string> all_spaces() {
  std::vector<std::string> list = spaces().names();
  list.emplace_back("nb201:channels=8,cells=1");
  list.emplace_back("darts:channels=8,cells=3,none=1");
  list.emplace_back("resnext-a:stem=8,max_depth=4,max_width=64");
  list.emplace_back("randwired:nodes=5,channels=4,features=16,generator=ws,p=0.5");
  return list;
}

INSTANTIATE_TEST_SUITE_P(AllSpaces, SpaceContract, testing::ValuesIn(all_spaces()), name_of);

}  // namespace
}  // namespace tse
