#include "tse/search/searcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tse/base/error.h"
#include "tse/search/window.h"

namespace tse {
namespace {

/// Scores without meaning, a different one for nearly every architecture.
double score_of(const Arch& arch) { return static_cast<double>(derive_seed(7, arch.text) % 1000); }

std::vector<Arch> asked(const Algorithm& algorithm, const Domain& domain, std::uint64_t seed, int count, int window) {
  WindowedSearch search(algorithm.begin(domain, seed), window);
  std::vector<Arch> list;
  while (static_cast<int>(list.size()) < count) {
    while (search.told() < search.needed()) {
      const Arch& arch = list[search.told()];
      search.tell({.arch = arch, .scores = {score_of(arch)}});
    }
    const auto arch = search.ask();
    if (!arch) break;
    list.push_back(*arch);
  }
  return list;
}

class SearcherContract : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<const Algorithm> algorithm = make_algorithm(GetParam());
  std::shared_ptr<const Space> space = make_space("nb201");
};

TEST_P(SearcherContract, IsNamedByItsSpec) { EXPECT_EQ(make_algorithm(algorithm->spec())->spec(), GetParam()); }

TEST_P(SearcherContract, AsksTheSameOfTheSameSeedAndOtherwiseOfAnother) {
  const Domain domain(space);
  const auto first = asked(*algorithm, domain, 1, 70, 1);
  EXPECT_EQ(asked(*algorithm, domain, 1, 70, 1), first);
  EXPECT_NE(asked(*algorithm, domain, 2, 70, 1), first);
  EXPECT_EQ(first.size(), 70U);
}

TEST_P(SearcherContract, NeverProposesWhatIsNotAllowed) {
  const Domain domain(space, [this](const Arch& arch) { return space->index_of(arch) % 3 == 0; });
  for (const int window : {1, 8}) {
    for (const Arch& arch : asked(*algorithm, domain, 3, 90, window)) EXPECT_TRUE(domain.allows(arch)) << arch.text;
  }
}

TEST_P(SearcherContract, EndsWhereNothingIsAllowed) {
  const Domain domain(space, [](const Arch&) { return false; });
  EXPECT_FALSE(algorithm->begin(domain, 1)->ask());
}

TEST_P(SearcherContract, LivesWithADomainSmallerThanTheBudget) {
  const Domain domain(space, [this](const Arch& arch) { return space->index_of(arch) < 5; });
  std::set<std::string> different;
  for (const Arch& arch : asked(*algorithm, domain, 1, 100, 1)) different.insert(arch.text);
  EXPECT_EQ(different.size(), 5U);
}

TEST_P(SearcherContract, TakesDivergedAndFailedTrialsAsTheWorst) {
  const Domain domain(space);
  const auto search = algorithm->begin(domain, 5);
  for (int i = 0; i < 80; ++i) {
    const auto arch = search->ask();
    ASSERT_TRUE(arch);
    search->tell({.arch = *arch, .scores = {i % 2 == 0 ? -std::numeric_limits<double>::infinity() : std::nan("")}});
  }
}

TEST_P(SearcherContract, IsToldLateWithoutHarm) {
  const Domain domain(space);
  const auto late = asked(*algorithm, domain, 4, 80, 8);
  EXPECT_EQ(late.size(), 80U);
  EXPECT_EQ(asked(*algorithm, domain, 4, 80, 8), late);
}

INSTANTIATE_TEST_SUITE_P(Registry, SearcherContract, testing::ValuesIn(algorithms().names()),
                         [](const auto& name) { return name.param; });

TEST(Searchers, RefuseSeveralObjectivesThatTheyDoNotKnow) {
  const Domain domain(make_space("nb201"));
  EXPECT_THROW(make_algorithm("evolution")->begin(domain, 1, 2), UsageError);
  EXPECT_NO_THROW(make_algorithm("nsga2")->begin(domain, 1, 2));
}

}  // namespace
}  // namespace tse
