#include "tse/search/halving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "search/samples.h"
#include "tse/base/missing.h"
#include "tse/search/replay.h"

namespace tse {
namespace {

TEST(SuccessiveHalving, LooksAtPowers) {
  EXPECT_EQ(rungs_of(1, 3, 27), (std::vector<int>{1, 3, 9}));
  EXPECT_EQ(rungs_of(2, 2, 50), (std::vector<int>{2, 4, 8, 16, 32}));
  EXPECT_TRUE(rungs_of(5, 3, 5).empty());
}

/// Of five results and one more the best two go on: the sixth must reach the second best of the five.
TEST(SuccessiveHalving, LetsOneInSoManyGoOn) {
  EXPECT_EQ(halving_score({1, 5, 3, 2, 4}, 3), 4);
  EXPECT_EQ(halving_score({1, 5}, 3), 5);
  EXPECT_EQ(halving_score({5}, 3), std::nullopt);
  EXPECT_EQ(halving_score({kMissing, 1, kMissing}, 2), std::nullopt);
}

/// A threshold of minus infinity would be none, and no number to write into a file.
TEST(SuccessiveHalving, AsksForNothingWhileOnlyDivergedTrainingsAreKnown) {
  Halving halving(2, {1, 3});
  halving.tell({-std::numeric_limits<double>::infinity()});
  EXPECT_TRUE(halving.needed(1).empty());
  halving.tell({5, 7});
  const std::vector<EarlyStop::Rung> needed = halving.needed(2);
  ASSERT_EQ(needed.size(), 2U);
  EXPECT_EQ(needed[0].least, 5);
  EXPECT_EQ(needed[1].least, 7);
}

/// Scores that are known after 1, 3 and 9 epochs, each nearer to that after 27.
RecordedResults recorded(const std::vector<Arch>& archs) {
  RecordedResults results;
  for (const Arch& arch : archs) {
    const double last = score_of(arch, 1);
    RecordedResult result{.scores = {last}, .outcome = last, .epochs = 27, .seconds = 54};
    for (const double share : {0.3, 0.1, 0.02}) result.rung_scores.push_back(last + share * score_of(arch, 2));
    results[arch.text] = std::move(result);
  }
  return results;
}

/// Trial by trial, with everything looked up anew: how many epochs each is trained for.
std::vector<double> epochs_by_hand(const SearchHistory& history, const RecordedResults& results, int eta, int window) {
  const std::vector<int> rungs = {1, 3, 9};
  std::vector<double> epochs;
  for (std::size_t n = 0; n < history.size(); ++n) {
    const RecordedResult& mine = results.at(history[n].arch.text);
    double trained = 27;
    for (std::size_t r = 0; r < rungs.size() && trained == 27; ++r) {
      std::vector<double> reached;
      for (std::size_t i = 0; i + static_cast<std::size_t>(window) <= n; ++i)
        if (epochs[i] >= rungs[r]) reached.push_back(results.at(history[i].arch.text).rung_scores[r]);
      std::ranges::sort(reached, std::ranges::greater{});
      const std::size_t go_on = (reached.size() + 1) / static_cast<std::size_t>(eta);
      if (go_on > 0 && mine.rung_scores[r] < reached[go_on - 1]) trained = rungs[r];
    }
    epochs.push_back(trained);
  }
  return epochs;
}

TEST(SuccessiveHalving, EndsTheSameTrialsAsByHand) {
  const std::shared_ptr<const Space> space = make_space("nb201");
  const std::vector<Arch> archs = different_archs(*space, 300, 4);
  const RecordedResults results = recorded(archs);
  for (const int eta : {2, 3, 4}) {
    for (const int window : {1, 5, 20}) {
      const ReplayOptions options{.budget = {.trials = 200}, .window = window, .halving = eta, .rungs = {1, 3, 9}};
      const SearchHistory history = replay(*make_algorithm("random"), domain_of(space, archs), results, options);
      const std::vector<double> by_hand = epochs_by_hand(history, results, eta, window);
      int stopped = 0;
      for (std::size_t i = 0; i < history.size(); ++i) {
        EXPECT_EQ(history[i].epochs, by_hand[i]) << i;
        EXPECT_EQ(history[i].seconds, 2 * by_hand[i]);
        EXPECT_EQ(history[i].status == TraceStatus::stopped, by_hand[i] < 27);
        EXPECT_EQ(std::isnan(history[i].scores.front()), by_hand[i] < 27);
        stopped += by_hand[i] < 27;
      }
      EXPECT_GT(stopped, 100 - 100 / eta);
      EXPECT_LT(stopped, 200);
    }
  }
}

}  // namespace
}  // namespace tse
