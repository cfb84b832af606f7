#include "tse/search/local_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "search/samples.h"
#include "tse/search/window.h"

namespace tse {
namespace {

/// White et al. 2020, first improvement, written as two loops. Draws as the searcher does.
std::vector<std::string> plain_local_search(const Space& space, std::uint64_t seed, std::uint64_t levels,
                                            std::size_t trials) {
  Stream random(derive_seed(seed, "search local"));
  std::vector<std::string> asked;
  std::set<std::string> known;
  const auto ask = [&](const Arch& arch) {
    if (known.insert(arch.text).second) asked.push_back(arch.text);
  };
  while (asked.size() < trials) {
    Arch here = *Domain(make_space(space.spec())).draw(random, known);
    ask(here);
    bool better = true;
    while (better) {
      better = false;
      std::vector<Arch> around = space.neighbours(here);
      random.shuffle(std::span(around));
      for (const Arch& neighbour : around) {
        ask(neighbour);
        if (score_of(neighbour, seed, levels) <= score_of(here, seed, levels)) continue;
        here = neighbour;
        better = true;
        break;
      }
    }
  }
  asked.resize(trials);
  return asked;
}

TEST(LocalSearch, IsThePlainLoop) {
  const auto space = make_space("nb201");
  for (const std::uint64_t levels : {3U, 10U, 1000U}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      LocalSearch search({}, Domain(space), seed);
      for (const std::string& expected : plain_local_search(*space, seed, levels, 400)) {
        const auto arch = search.ask();
        ASSERT_TRUE(arch);
        ASSERT_EQ(arch->text, expected);
        search.tell({.arch = *arch, .scores = {score_of(*arch, seed, levels)}});
      }
    }
  }
}

// All neighbours of the best so far are known before the search begins anew: the whole history but its last descent.
TEST(LocalSearch, EndsEveryDescentInALocalOptimum) {
  const auto space = make_space("nb201");
  for (const int window : {1, 6}) {
    WindowedSearch search(std::make_unique<LocalSearch>(LocalSearch::Settings{}, Domain(space), 3), window);
    std::vector<Arch> asked;
    for (int trial = 0; trial < 1500; ++trial) {
      while (search.told() < search.needed()) {
        const Arch& arch = asked[search.told()];
        search.tell({.arch = arch, .scores = {score_of(arch)}});
      }
      asked.push_back(search.ask().value());
    }
    std::map<std::string, double> known;
    for (const Arch& arch : asked) known[arch.text] = score_of(arch);
    int optima = 0;
    for (const Arch& arch : asked) {
      const auto around = space->neighbours(arch);
      optima += std::ranges::all_of(around, [&](const Arch& each) {
        const auto found = known.find(each.text);
        return found != known.end() && found->second <= known[arch.text];
      });
    }
    // descents on scores without structure are a few steps of at most 24 neighbours
    EXPECT_GE(optima, 1500 / (24 * 6)) << "window " << window;
  }
}

TEST(LocalSearch, AsksForAllOfADomainAndForNoneTwice) {
  const auto space = make_space("nb201");
  const std::vector<Arch> archs = different_archs(*space, 300, 5);
  for (const int window : {1, 7}) {
    WindowedSearch search(std::make_unique<LocalSearch>(LocalSearch::Settings{}, domain_of(space, archs), 3), window);
    std::vector<Arch> asked;
    std::set<std::string> different;
    for (;;) {
      while (search.told() < search.needed()) {
        const Arch& arch = asked[search.told()];
        search.tell({.arch = arch, .scores = {score_of(arch, 1, 5)}});
      }
      const auto arch = search.ask();
      if (!arch) break;
      asked.push_back(*arch);
      EXPECT_TRUE(different.insert(arch->text).second) << arch->text;
    }
    EXPECT_EQ(asked.size(), archs.size());
  }
}

}  // namespace
}  // namespace tse
