#include "tse/search/nsga2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <span>

#include "search/samples.h"
#include "tse/search/window.h"

namespace tse {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Member {
  Arch arch;
  std::vector<double> scores;
  int front = -1;
  double crowding = 0;

  bool better_than(const Member& other) const {
    return front != other.front ? front < other.front : crowding > other.crowding;
  }
};

bool dominates_plainly(const Member& a, const Member& b) {
  int worse = 0;
  int better = 0;
  for (std::size_t k = 0; k < a.scores.size(); ++k) {
    worse += a.scores[k] < b.scores[k];
    better += a.scores[k] > b.scores[k];
  }
  return worse == 0 && better > 0;
}

/// Fronts by peeling, and crowding by looking for the neighbours of each. Scores differ.
void judge(std::vector<Member>& all) {
  for (Member& each : all) each.front = -1;
  for (int front = 0; std::ranges::any_of(all, [](const Member& each) { return each.front < 0; }); ++front) {
    std::vector<Member*> peeled;
    for (Member& each : all) {
      if (each.front < 0 &&
          std::ranges::none_of(
              all, [&](const Member& other) { return other.front < 0 && dominates_plainly(other, each); }))
        peeled.push_back(&each);
    }
    for (Member* each : peeled) each->front = front;
    for (Member* each : peeled) {
      each->crowding = 0;
      for (std::size_t k = 0; k < each->scores.size(); ++k) {
        double above = kInfinity;
        double below = -kInfinity;
        double highest = -kInfinity;
        double lowest = kInfinity;
        for (const Member* other : peeled) {
          const double score = other->scores[k];
          highest = std::max(highest, score);
          lowest = std::min(lowest, score);
          if (score > each->scores[k]) above = std::min(above, score);
          if (score < each->scores[k]) below = std::max(below, score);
        }
        each->crowding += (above - below) / (highest - lowest);
      }
    }
  }
}

std::vector<double> scores_of(const Arch& arch, std::size_t objectives) {
  std::vector<double> scores;
  for (std::size_t k = 0; k < objectives; ++k) scores.push_back(score_of(arch, k + 1, UINT64_C(1) << 40U));
  return scores;
}

// Deb et al. 2002 in plain loops, on the numbers that the searcher draws.
TEST(Nsga2, IsThePlainAlgorithm) {
  const auto space = make_space("nb201");
  constexpr std::size_t kPopulation = 16;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const std::size_t objectives = 1 + seed % 3;
    Nsga2 search({.population = kPopulation}, Domain(space), seed);
    Stream random(derive_seed(seed, "search nsga2"));
    std::vector<Member> parents;
    std::vector<Member> children;
    std::set<std::string> seen;
    const auto tournament = [&]() -> const Member& {
      const Member& one = parents[random.below(parents.size())];
      const Member& other = parents[random.below(parents.size())];
      return other.better_than(one) ? other : one;
    };
    for (int trial = 0; trial < 160; ++trial) {
      if (children.size() == kPopulation) {
        parents.insert(parents.end(), children.begin(), children.end());
        children.clear();
        judge(parents);
        std::ranges::stable_sort(parents, [](const Member& a, const Member& b) { return a.better_than(b); });
        parents.resize(kPopulation);
      }
      Arch expected;
      do {
        if (parents.empty()) {
          expected = space->sample(random);
          continue;
        }
        Picks picks = space->picks_of(tournament().arch);
        const Picks others = space->picks_of(tournament().arch);
        for (std::size_t place = 0; place < picks.size(); ++place) {
          if (random.below(2) == 1) picks[place] = others[place];
        }
        expected = space->arch_of(space->choices()->mutated(picks, random));
      } while (seen.contains(expected.text));
      seen.insert(expected.text);
      const Arch arch = search.ask().value();
      ASSERT_EQ(arch.text, expected.text) << "seed " << seed << ", trial " << trial;
      search.tell({.arch = arch, .scores = scores_of(arch, objectives)});
      children.push_back({.arch = arch, .scores = scores_of(arch, objectives)});
    }
  }
}

TEST(Nsga2, AsksForAllOfADomainAndForNoneTwice) {
  const auto space = make_space("nb201");
  for (const int window : {1, 9}) {
    WindowedSearch search(std::make_unique<Nsga2>(Nsga2::Settings{.population = 10},
                                                  domain_of(space, different_archs(*space, 120, 3)), 5),
                          window);
    std::vector<Arch> asked;
    std::set<std::string> different;
    for (;;) {
      while (search.told() < search.needed()) {
        const Arch& arch = asked[search.told()];
        search.tell({.arch = arch, .scores = scores_of(arch, 2)});
      }
      const auto arch = search.ask();
      if (!arch) break;
      asked.push_back(*arch);
      EXPECT_TRUE(different.insert(arch->text).second);
    }
    EXPECT_EQ(different.size(), 120U);
  }
}

}  // namespace
}  // namespace tse
