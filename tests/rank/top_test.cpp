#include "tse/rank/top.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "tse/base/random.h"

namespace tse {
namespace {

struct Answer {
  double overlap = 0;
  double best = 0;
  double mean = 0;
};

/// The k first of an order, no ties among them considered.
Answer of_orders(const std::vector<int>& by_score, const std::vector<int>& by_outcome,
                 const std::vector<double>& outcomes, std::size_t k) {
  double best = -std::numeric_limits<double>::infinity();
  Answer answer;
  for (std::size_t i = 0; i < k; ++i) {
    const double outcome = outcomes[static_cast<std::size_t>(by_score[i])];
    best = std::max(best, outcome);
    answer.mean += outcome / static_cast<double>(k);
    answer.overlap +=
        static_cast<double>(std::count(by_outcome.begin(), by_outcome.begin() + static_cast<long>(k), by_score[i])) /
        static_cast<double>(k);
  }
  const double best_of_all = *std::ranges::max_element(outcomes);
  return {.overlap = answer.overlap, .best = best_of_all - best, .mean = best_of_all - answer.mean};
}

/// The mean over many fair ways to break the ties: shuffle, then sort stably.
Answer by_lot(Stream& random, const std::vector<double>& scores, const std::vector<double>& outcomes, std::size_t k) {
  constexpr int kDraws = 4000;
  Answer mean;
  std::vector<int> order(scores.size());
  const auto shuffled_by = [&](const std::vector<double>& values) {
    std::iota(order.begin(), order.end(), 0);
    random.shuffle(std::span(order));
    std::ranges::stable_sort(order, std::greater<>(), [&](int i) { return values[static_cast<std::size_t>(i)]; });
    return order;
  };
  for (int draw = 0; draw < kDraws; ++draw) {
    const auto by_score = shuffled_by(scores);
    const Answer answer = of_orders(by_score, shuffled_by(outcomes), outcomes, k);
    mean.overlap += answer.overlap / kDraws;
    mean.best += answer.best / kDraws;
    mean.mean += answer.mean / kDraws;
  }
  return mean;
}

TEST(Top, ByHand) {
  const std::vector<double> scores = {-1, -2, -3, -4};
  const std::vector<double> outcomes = {90, 94, 80, 93};
  EXPECT_EQ(top_overlap(scores, outcomes, 1), 0);
  EXPECT_EQ(top_overlap(scores, outcomes, 2), 0.5);  // {0,1} and {1,3}
  EXPECT_EQ(top_overlap(scores, outcomes, 4), 1);
  EXPECT_EQ(top_regret(scores, outcomes, 1).best, 4);
  EXPECT_EQ(top_regret(scores, outcomes, 2).best, 0);
  EXPECT_EQ(top_regret(scores, outcomes, 2).mean, 2);
  EXPECT_EQ(top_mean(scores, outcomes, 2), 92);
  EXPECT_EQ(top_mean(scores, outcomes, 9), 89.25);
  EXPECT_TRUE(std::isnan(top_mean(scores, outcomes, 0)));
}

TEST(Top, TiesAreSettledByAFairLot) {
  Stream random(1);
  for (int i = 0; i < 30; ++i) {
    const std::size_t n = 3 + random.below(10);
    const std::size_t k = 1 + random.below(n);
    std::vector<double> scores;
    std::vector<double> outcomes;
    for (std::size_t item = 0; item < n; ++item) {
      scores.push_back(static_cast<double>(random.below(3)));
      outcomes.push_back(static_cast<double>(random.below(4)));
    }
    const Answer expected = by_lot(random, scores, outcomes, k);
    const Regret regret = top_regret(scores, outcomes, static_cast<int>(k));
    EXPECT_NEAR(top_overlap(scores, outcomes, static_cast<int>(k)), expected.overlap, 0.04);
    EXPECT_NEAR(regret.best, expected.best, 0.12);
    EXPECT_NEAR(regret.mean, expected.mean, 0.12);
    EXPECT_NEAR(top_mean(scores, outcomes, static_cast<int>(k)), *std::ranges::max_element(outcomes) - expected.mean,
                0.12);
  }
}

TEST(Top, DivergedAreChosenLast) {
  const double worst = -std::numeric_limits<double>::infinity();
  const std::vector<double> scores = {worst, -1, worst};
  const std::vector<double> outcomes = {10, 90, 12};
  EXPECT_EQ(top_overlap(scores, outcomes, 1), 1);
  EXPECT_EQ(top_regret(scores, outcomes, 1).best, 0);
  EXPECT_EQ(top_overlap(scores, outcomes, 2), 0.75);  // the second seat is drawn between 10 and 12
}

TEST(Top, TheEdges) {
  const std::vector<double> scores = {1, 2};
  const std::vector<double> hole = {1, std::nan("")};
  const std::vector<double> none;
  EXPECT_EQ(top_overlap(scores, scores, 100), 1);
  EXPECT_TRUE(std::isnan(top_overlap(scores, scores, 0)));
  EXPECT_TRUE(std::isnan(top_overlap(scores, hole, 1)));
  EXPECT_TRUE(std::isnan(top_overlap(none, none, 1)));
  EXPECT_TRUE(std::isnan(top_regret(hole, scores, 1).best));
}

}  // namespace
}  // namespace tse
