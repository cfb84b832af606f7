#pragma once

#include <string>
#include <vector>

#include "tse/report/one_shot.h"

namespace tse {

// What the text and the page of a one-shot search say alike.

/// The intervals of all super-networks together.
std::string widest_interval(const std::vector<Interval>& intervals);

/// `1 mini-batch`, `100 mini-batches`
std::string mini_batches(int count);

/// The scores that are held against the outcomes, each once.
std::vector<std::string> score_names(const OneShotView& view);

/// Of an outcome in percent, or of a fraction.
int outcome_decimals(const OneShotView& view);

/// What trains the best candidate from scratch.
std::string train_command(const OneShotView& view);

}  // namespace tse
