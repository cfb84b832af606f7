#pragma once

#include <span>

namespace tse {

/// What choosing the k best by score gives. Scores and outcomes are higher-is-better, one of each per item, none NaN
/// (NaN otherwise, and where there are no items). A k above the number of items means all, one below 1 gives NaN.
/// Where ties leave open who is among the k, the result is the expected one over a fair draw among the tied, so it
/// does not depend on the order of the items.

/// The share of the k best by score that are also among the k best by outcome, in [0, 1].
double top_overlap(std::span<const double> scores, std::span<const double> outcomes, int k);

/// The mean outcome of the k best by score.
double top_mean(std::span<const double> scores, std::span<const double> outcomes, int k);

/// What is lost against the best outcome there is, in the outcome's unit, 0 or more; rounded to 1e-12.
struct Regret {
  double best = 0;  // by the best of the k chosen
  double mean = 0;  // by the k chosen on average
};

Regret top_regret(std::span<const double> scores, std::span<const double> outcomes, int k);

}  // namespace tse
