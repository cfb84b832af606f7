#include "tse/search/domain.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <stdexcept>

#include "search/samples.h"
#include "tse/search/searcher.h"
#include "tse/space/choice_space.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

/// Counts within 4.5 standard deviations of as many equally probable outcomes.
void expect_uniform(const std::map<std::string, int>& counts, std::size_t outcomes, int draws) {
  EXPECT_EQ(counts.size(), outcomes);
  const double p = 1 / static_cast<double>(outcomes);
  for (const auto& [text, count] : counts) EXPECT_NEAR(count, draws * p, 4.5 * std::sqrt(draws * p * (1 - p))) << text;
}

class SmallDomain : public testing::Test {
 protected:
  std::shared_ptr<const Space> space = make_space("nb201");
  Stream random{1};
};

TEST_F(SmallDomain, IsDrawnFromUniformly) {
  const std::vector<Arch> archs = different_archs(*space, 400, 1);
  const Domain domain = domain_of(space, archs);
  std::set<std::string> without;
  for (std::size_t i = 0; i < 380; ++i) without.insert(archs[i].text);
  std::map<std::string, int> counts;
  for (int i = 0; i < 1000; ++i) ++counts[domain.draw(random, without).value().text];
  expect_uniform(counts, 20, 1000);
}

TEST_F(SmallDomain, IsFoundWhereRandomDrawsMissIt) {
  const std::vector<Arch> archs = different_archs(*space, 3, 1);
  const Domain domain = domain_of(space, archs);
  std::map<std::string, int> counts;
  for (int i = 0; i < 90; ++i) ++counts[domain.draw(random).value().text];
  expect_uniform(counts, 3, 90);
  EXPECT_FALSE(domain.draw(random, {archs[0].text, archs[1].text, archs[2].text}));
}

TEST_F(SmallDomain, MutatesToEveryAllowedNeighbour) {
  const Domain domain(space, [&](const Arch& arch) { return space->index_of(arch) % 2 == 0; });
  const Arch arch = different_archs(*space, 1, 2).front();
  std::map<std::string, int> counts;
  for (int i = 0; i < 4000; ++i) ++counts[domain.mutated(arch, random).value().text];
  expect_uniform(counts, domain.neighbours(arch).size(), 4000);
  for (const Arch& each : domain.neighbours(arch)) EXPECT_TRUE(counts.contains(each.text));
}

TEST_F(SmallDomain, MutatesToAnythingWhereNoNeighbourIsAllowed) {
  const std::vector<Arch> archs = {space->at(0), space->at(15'624)};
  const Domain domain = domain_of(space, archs);
  std::map<std::string, int> counts;
  for (int i = 0; i < 100; ++i) ++counts[domain.mutated(space->at(7'812), random).value().text];
  expect_uniform(counts, 2, 100);
}

TEST_F(SmallDomain, GivesTheBestOfSoManyThatAreDrawn) {
  const auto score = [](const Arch& arch) { return score_of(arch); };
  const Domain plain(space);
  const Domain choosing(space, [](const Arch&) { return true; }, {.of = 7, .score = score});
  Stream same(1);
  for (int i = 0; i < 50; ++i) {
    Arch best = plain.draw(same).value();
    for (int k = 1; k < 7; ++k) {
      const Arch other = plain.draw(same).value();
      if (score(other) > score(best)) best = other;
    }
    EXPECT_EQ(choosing.draw(random).value(), best);
  }
}

/// A space with nothing to choose.
class OnlyOne final : public ChoiceSpace {
 public:
  OnlyOne() : ChoiceSpace(Choices(std::vector<Place>{{.name = "operation", .options = {"conv"}}})) {}
  std::string spec() const override { return "only_one"; }
  std::string canonical(const Arch& arch) const override { return arch.text; }
  bool connected(const Arch& /*arch*/) const override { return true; }
  Drawing draw(const Arch& /*arch*/) const override {
    return {.nodes = {"input", "output"}, .edges = {{.from = 0, .to = 1, .label = "conv"}}};
  }

 private:
  Picks read(std::string_view /*text*/) const override { return {0}; }
  std::string print(const Picks& /*picks*/) const override { return "conv"; }
  Graph build(const PickedPlaces& /*picked*/, const Task& /*task*/) const override { throw std::logic_error("unused"); }
};

TEST(ASpaceOfOneArchitecture, IsSearchedByAll) {
  for (const std::string& name : algorithms().names()) {
    const auto search = make_algorithm(name)->begin(Domain(std::make_shared<OnlyOne>()), 1);
    for (int i = 0; i < 60; ++i) {
      const auto arch = search->ask();
      if (!arch) break;
      EXPECT_EQ(arch->text, "conv");
      search->tell({.arch = *arch, .scores = {1}});
    }
  }
}

}  // namespace
}  // namespace tse
