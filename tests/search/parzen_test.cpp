#include "search/parzen.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "search/samples.h"
#include "tse/base/file.h"
#include "tse/base/json.h"
#include "tse/search/tpe.h"

namespace tse {
namespace {

class Parzen : public testing::Test {
 protected:
  std::shared_ptr<const Space> space = make_space("nb201");
  const std::vector<Place>& places = space->choices()->places();
};

TEST_F(Parzen, DensityIsThatOfOptunasRule) {
  const auto bytes = read_file(std::string(TSE_SOURCE) + "/tests/search/expected_tpe.json", 1U << 20U);
  const Json cases = parse_json(as_text(bytes), "expected_tpe.json")["cases"];
  for (const Json& expected : cases) {
    Stream random(expected["seed"].get<std::uint64_t>());
    std::vector<Picks> results;
    for (int i = 0; i < expected["n"].get<int>(); ++i) {
      results.push_back(space->choices()->at(random.below(15'625)));
      random.below(30);  // the score
    }
    const ParzenMixture mixture(results, places, expected["prior"].get<double>());
    for (std::size_t i = 0; i < expected["joint"].size(); ++i) {
      const double density = expected["joint"][i].get<double>();
      EXPECT_NEAR(mixture.density(results[i]), density, 1e-9 * density);
    }
  }
}

TEST_F(Parzen, DrawsAsOftenAsTheDensitySays) {
  constexpr int kDraws = 20'000;
  const ParzenMixture mixture({{0, 1, 2, 3, 4, 0}, {0, 1, 2, 3, 4, 1}, {4, 4, 4, 4, 4, 4}}, places, 1);
  std::vector<int> counts(15'625, 0);
  Stream random(3);
  for (int i = 0; i < kDraws; ++i) ++counts[space->choices()->index_of(mixture.draw(random))];
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double p = mixture.density(space->choices()->at(i));
    sum += p;
    if (kDraws * p < 10) continue;
    EXPECT_NEAR(counts[i], kDraws * p, 4.5 * std::sqrt(kDraws * p));
  }
  EXPECT_NEAR(sum, 1, 1e-12);
}

// Optuna's sampler in plain loops, on the numbers that the searcher draws.
TEST_F(Parzen, ProposesTheBestOfTheCandidates) {
  for (const bool repeat : {true, false}) {
    Tpe search({.startup = 10, .repeat = repeat, .multivariate = true}, Domain(space), 6);
    Stream random(derive_seed(6, "search tpe"));
    std::vector<Observation> told;
    std::set<std::string> seen;
    for (int trial = 0; trial < 320; ++trial) {
      Arch expected;
      if (trial < 10) {
        do {
          expected = space->sample(random);
        } while (!repeat && seen.contains(expected.text));
      } else {
        std::vector<Picks> below;
        std::vector<Picks> above;
        const int good = std::min((trial + 9) / 10, 25);
        for (std::size_t i = 0; i < told.size(); ++i) {
          int ahead = 0;  // of it: better, or as good and earlier
          for (std::size_t j = 0; j < told.size(); ++j)
            ahead += told[j].scores > told[i].scores || (told[j].scores == told[i].scores && j < i);
          (ahead < good ? below : above).push_back(space->picks_of(told[i].arch));
        }
        const ParzenMixture l(below, places, 1);
        const ParzenMixture g(above, places, 1);
        double best = -1;
        while (best < 0) {
          for (int i = 0; i < 24; ++i) {
            const Picks picks = l.draw(random);
            const double ratio = l.density(picks) / g.density(picks);
            if (ratio <= best || (!repeat && seen.contains(space->arch_of(picks).text))) continue;
            best = ratio;
            expected = space->arch_of(picks);
          }
        }
      }
      const Arch arch = search.ask().value();
      ASSERT_EQ(arch.text, expected.text) << "trial " << trial;
      seen.insert(arch.text);
      told.push_back({.arch = arch, .scores = {score_of(arch, 3, 40)}});
      search.tell(told.back());
    }
  }
}

}  // namespace
}  // namespace tse
