#pragma once

#include "tse/estimate/estimator.h"
#include "tse/trial/trace.h"

namespace tse {

/// Whether no loss of a training can make its score better, as long as losses are not negative: a training's losses so
/// far then bound its final score. So it is of the sums of losses: tse, tse-e, tse-ema and its variants.
bool can_race(const Estimator& estimator);

/// The best score that the training can have after `epochs` epochs, whatever its further losses: that of losses of 0.
/// It falls, or stays, with every step, and ends as the score itself, to the last bit. The estimator must be one that
/// can race.
double best_possible_score(const Estimator& estimator, const Trace& trace, int epochs);

}  // namespace tse
