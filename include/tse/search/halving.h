#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "tse/trial/job.h"

namespace tse {

/// After how many epochs successive halving looks: `first`, then each `eta` times the one before, below `epochs`.
std::vector<int> rungs_of(int first, int eta, int epochs);

/// The score that one in `eta` of these and one more reaches, which is as good as the one in `eta` that is worst of
/// those: what a further trial needs to go on. Nothing while they are too few. NaN is worst.
std::optional<double> halving_score(std::vector<double> scores, int eta);

/// The k-th best of the scores; nothing where there are fewer. NaN is none.
std::optional<double> kth_best(std::vector<double> scores, int k);

/// Asynchronous successive halving (Li et al. 2020, arXiv 1810.05934), decided in the order of the trials, so that it
/// does not depend on when they end.
class Halving {
 public:
  /// Looks at the end of these epochs, ascending. None: no trial ends early.
  Halving(int eta, std::vector<int> rungs) : eta_(eta), rungs_(std::move(rungs)) {}

  const std::vector<int>& rungs() const { return rungs_; }

  /// The next trial's scores at the rungs that it reached, from the first.
  void tell(std::vector<double> scores) { scores_.push_back(std::move(scores)); }

  /// What a trial needs to go on, by the first `known` of those that were told.
  std::vector<EarlyStop::Rung> needed(std::size_t known) const;

 private:
  int eta_;
  std::vector<int> rungs_;
  std::vector<std::vector<double>> scores_;  // by trial, then rung
};

}  // namespace tse
