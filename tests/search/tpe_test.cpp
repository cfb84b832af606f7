#include "tse/search/tpe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "search/samples.h"
#include "tse/base/file.h"
#include "tse/base/json.h"

namespace tse {
namespace {

using Rows = std::vector<std::vector<double>>;

Json expected_cases() {
  const auto bytes = read_file(std::string(TSE_SOURCE) + "/tests/search/expected_tpe.json", 1U << 20U);
  return parse_json(as_text(bytes), "expected_tpe.json")["cases"];
}

/// The history of a case, as expected_tpe.py draws it.
void tell_history(Tpe& search, const Space& space, const Json& expected) {
  Stream random(expected["seed"].get<std::uint64_t>());
  for (int i = 0; i < expected["n"].get<int>(); ++i) {
    const Arch arch = space.at(random.below(15'625));
    const std::uint64_t score = random.below(30);
    const double failed = i % 2 == 0 ? std::nan("") : -std::numeric_limits<double>::infinity();
    search.tell({.arch = arch, .scores = {score < 3 ? failed : static_cast<double>(score)}});
  }
}

Tpe::Settings settings_of(const Json& expected) {
  return {.startup = 1,
          .candidates = expected["candidates"].get<int>(),
          .gamma = expected["gamma"].get<double>(),
          .prior = expected["prior"].get<double>()};
}

TEST(Tpe, DensitiesAreThoseOfHyperoptsRule) {
  const auto space = make_space("nb201");
  for (const Json& expected : expected_cases()) {
    Tpe search(settings_of(expected), Domain(space), 0);
    tell_history(search, *space, expected);
    const Tpe::Densities densities = search.densities();
    const std::pair<const Rows&, const char*> sides[] = {{densities.below, "below"}, {densities.above, "above"}};
    for (const auto& [rows, side] : sides) {
      for (std::size_t place = 0; place < 6; ++place) {
        for (std::size_t option = 0; option < 5; ++option)
          EXPECT_NEAR(rows[place][option], expected[side][place][option].get<double>(), 1e-12)
              << expected["n"] << " results " << side;
      }
    }
  }
}

// Proposals without results in between are independent draws; counts within 4.5 standard deviations, where they are
// many enough to be about normal.
TEST(Tpe, ProposesAsOftenAsTheBestOfTheCandidates) {
  const auto space = make_space("nb201");
  constexpr int kProposals = 4000;
  for (const Json& expected : expected_cases()) {
    Tpe search(settings_of(expected), Domain(space), 1);
    EXPECT_TRUE(search.ask());  // the random start
    tell_history(search, *space, expected);
    Rows counts(6, std::vector<double>(5, 0));
    for (int i = 0; i < kProposals; ++i) {
      const Picks picks = space->picks_of(search.ask().value());
      for (std::size_t place = 0; place < 6; ++place) ++counts[place][static_cast<std::size_t>(picks[place])];
    }
    for (std::size_t place = 0; place < 6; ++place) {
      for (std::size_t option = 0; option < 5; ++option) {
        const double p = expected["proposals"][place][option].get<double>();
        if (kProposals * std::min(p, 1 - p) < 10) continue;
        EXPECT_NEAR(counts[place][option], kProposals * p, 4.5 * std::sqrt(kProposals * p * (1 - p)) + 1)
            << expected["n"] << " results, place " << place;
      }
    }
  }
}

TEST(Tpe, BeginsWithUniformDraws) {
  const auto space = make_space("nb201");
  Tpe search({.startup = 8}, Domain(space), 4);
  Stream random(derive_seed(4, "search tpe"));
  for (int i = 0; i < 8; ++i) {
    const Arch arch = search.ask().value();
    EXPECT_EQ(arch.text, space->sample(random).text);
    search.tell({.arch = arch, .scores = {score_of(arch)}});
  }
}

TEST(Tpe, WithoutRepeatsAsksForNoneTwice) {
  const auto space = make_space("nb201");
  for (const bool multivariate : {false, true}) {
    Tpe search({.repeat = false, .multivariate = multivariate}, Domain(space), 2);
    std::set<std::string> different;
    for (int i = 0; i < 400; ++i) {
      const Arch arch = search.ask().value();
      EXPECT_TRUE(different.insert(arch.text).second);
      search.tell({.arch = arch, .scores = {score_of(arch, 1, 4)}});
    }
  }
}

}  // namespace
}  // namespace tse
