#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// Whether a training is to end early after these steps, and if so, why: what the job's rule says. Empty where it has
/// none.
std::function<std::optional<std::string>(const Trace&)> verdict_of(const Job& job);

/// After how many epochs successive halving looks: `first`, then each `eta` times the one before, below `epochs`.
std::vector<int> rungs_of(int first, int eta, int epochs);

/// The score that one in `eta` of these and one more reaches, which is as good as the one in `eta` that is worst of
/// those: what a further trial needs to go on. Nothing while they are too few. NaN is worst.
std::optional<double> halving_score(std::vector<double> scores, int eta);

/// The k-th best of the scores; nothing where there are fewer. NaN is none.
std::optional<double> kth_best(std::vector<double> scores, int k);

}  // namespace tse
