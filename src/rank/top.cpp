#include "tse/rank/top.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "tse/base/missing.h"

namespace tse {
namespace {

/// Who is among the k best: those above the k-th value surely, `seats` of those equal to it by lot.
struct Choice {
  double threshold = 0;
  std::size_t seats = 0;
  std::size_t tied = 0;

  Choice(std::span<const double> values, std::size_t k) {
    std::vector<double> best(k);
    std::ranges::partial_sort_copy(values, best, std::greater<>());
    threshold = best.back();
    std::size_t above = 0;
    for (const double value : values) {
      above += value > threshold ? 1 : 0;
      tied += value == threshold ? 1 : 0;
    }
    seats = k - above;
  }

  double chance(double value) const {
    if (value > threshold) return 1;
    return value < threshold ? 0 : static_cast<double>(seats) / static_cast<double>(tied);
  }
};

/// k as an index, 0 where the question has no answer.
std::size_t checked(std::span<const double> scores, std::span<const double> outcomes, int k) {
  if (scores.size() != outcomes.size()) throw std::invalid_argument("top k: one score for each outcome");
  const auto is_nan = [](double value) { return std::isnan(value); };
  if (k < 1 || std::ranges::any_of(scores, is_nan) || std::ranges::any_of(outcomes, is_nan)) return 0;
  return std::min(static_cast<std::size_t>(k), scores.size());
}

/// The expected best of `seats` values drawn without replacement.
double expected_best(std::vector<double> values, std::size_t seats) {
  std::ranges::sort(values, std::greater<>());
  double expected = 0;
  double chance = static_cast<double>(seats) / static_cast<double>(values.size());  // that values[j] is the best drawn
  for (std::size_t j = 0; j + seats <= values.size(); ++j) {
    expected += chance * values[j];
    const auto left = static_cast<double>(values.size() - j);
    chance *= (left - static_cast<double>(seats)) / (left - 1);
  }
  return expected;
}

/// A difference of outcomes that are equal on paper may leave a last bit behind.
double without_last_bit(double value) { return std::round(value / 1e-12) * 1e-12; }

}  // namespace

double top_overlap(std::span<const double> scores, std::span<const double> outcomes, int k) {
  const std::size_t chosen = checked(scores, outcomes, k);
  if (chosen == 0) return kMissing;
  const Choice by_score(scores, chosen);
  const Choice by_outcome(outcomes, chosen);
  double both = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) both += by_score.chance(scores[i]) * by_outcome.chance(outcomes[i]);
  return both / static_cast<double>(chosen);
}

double top_mean(std::span<const double> scores, std::span<const double> outcomes, int k) {
  const std::size_t chosen = checked(scores, outcomes, k);
  if (chosen == 0) return kMissing;
  const Choice by_score(scores, chosen);
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double chance = by_score.chance(scores[i]);
    if (chance > 0) sum += chance * outcomes[i];
  }
  return sum / static_cast<double>(chosen);
}

Regret top_regret(std::span<const double> scores, std::span<const double> outcomes, int k) {
  const std::size_t chosen = checked(scores, outcomes, k);
  if (chosen == 0) return {.best = kMissing, .mean = kMissing};
  const Choice by_score(scores, chosen);
  const double best_of_all = *std::ranges::max_element(outcomes);
  double surely = -std::numeric_limits<double>::infinity();
  double sum = 0;
  std::vector<double> tied;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double chance = by_score.chance(scores[i]);
    if (chance == 0) continue;
    sum += chance * outcomes[i];
    if (scores[i] == by_score.threshold) {
      tied.push_back(outcomes[i]);
    } else {
      surely = std::max(surely, outcomes[i]);
    }
  }
  for (double& outcome : tied) outcome = std::max(outcome, surely);
  return {.best = without_last_bit(best_of_all - expected_best(std::move(tied), by_score.seats)),
          .mean = without_last_bit(best_of_all - sum / static_cast<double>(chosen))};
}

}  // namespace tse
