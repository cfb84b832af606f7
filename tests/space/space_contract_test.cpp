#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <set>

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
  return list;
}

INSTANTIATE_TEST_SUITE_P(AllSpaces, SpaceContract, testing::ValuesIn(all_spaces()), name_of);

}  // namespace
}  // namespace tse
