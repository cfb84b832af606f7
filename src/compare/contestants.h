#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tse/estimate/runs.h"

namespace tse {

/// What one contestant of a comparison says of every training, rounded for ranking; NaN where nothing.
struct Contestant {
  std::string name;
  bool learns = false;        // from other trainings, and so it is measured on the rest alone
  bool sees_the_end = false;  // whatever the budget: a reference line

  /// By budget, then by score it has: one, or with `train-loss-minibatch:step=all` one for each step of an epoch; then
  /// by training.
  std::vector<std::vector<std::vector<double>>> scores;
};

/// Scores the trainings by an estimator, a fitted one, the mini-batches of every step, or a column, whichever the name
/// is; `COLUMN:lower` where lower values are better. UsageError where it is none of them.
Contestant make_contestant(const std::string& name, const Runs& runs, std::span<const int> budgets, int threads);

/// Whether it is one that learns from other trainings, and so is measured on the rest alone.
bool learns_from_others(std::string_view name);

/// Names of the estimators that these trainings have something for, and the parameters as the baseline.
std::vector<std::string> default_contestants(const Runs& runs);

}  // namespace tse
