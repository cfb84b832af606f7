#include "tse/search/evolution.h"

#include <gtest/gtest.h>

#include "search/samples.h"

namespace tse {
namespace {

// The loop of the authors' script (rubinxin/TSE, regularised evolution), on the numbers that the searcher draws.
TEST(Evolution, IsThePlainLoopOfTheAuthors) {
  const auto space = make_space("nb201");
  const std::size_t population = 12;
  const std::size_t sample = 4;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Evolution search({.population = population, .sample = sample}, Domain(space), seed);
    Stream random(derive_seed(seed, "search evolution"));
    std::vector<Arch> history;
    for (std::size_t trial = 0; trial < 150; ++trial) {
      Arch expected;
      if (trial < population) {
        expected = space->sample(random);
      } else {
        std::vector<Arch> drawn;
        for (std::size_t i = 0; i < sample; ++i)
          drawn.push_back(history[history.size() - population + random.below(population)]);
        Arch parent = drawn.front();
        for (const Arch& each : drawn) {
          if (score_of(each, seed, 20) > score_of(parent, seed, 20)) parent = each;
        }
        expected = space->arch_of(space->choices()->mutated(space->picks_of(parent), random));
      }
      const auto arch = search.ask();
      ASSERT_TRUE(arch);
      ASSERT_EQ(arch->text, expected.text) << "trial " << trial;
      search.tell({.arch = *arch, .scores = {score_of(*arch, seed, 20)}});
      history.push_back(*arch);
    }
  }
}

TEST(Evolution, HoldsTheYoungestResults) {
  const auto space = make_space("nb201");
  Evolution search({.population = 5, .sample = 2}, Domain(space), 1);
  std::vector<Observation> told;
  for (int trial = 0; trial < 23; ++trial) {
    const Arch arch = search.ask().value();
    told.push_back({.arch = arch, .scores = {score_of(arch)}});
    search.tell(told.back());
    const std::size_t size = std::min<std::size_t>(told.size(), 5);
    const std::vector<Observation> expected(told.end() - static_cast<std::ptrdiff_t>(size), told.end());
    ASSERT_EQ(std::vector<Observation>(search.population().begin(), search.population().end()), expected);
  }
}

}  // namespace
}  // namespace tse
