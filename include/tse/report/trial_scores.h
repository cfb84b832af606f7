#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tse/estimate/estimator.h"
#include "tse/store/trial.h"

namespace tse {

/// What orders trials: an estimator, or a zero-cost score that they have of themselves.
using Predictor = std::shared_ptr<const Estimator>;

/// UsageError where there is none of this name.
Predictor make_predictor(const std::string& name);

/// The scores of a trial whose network has these parameters and MACs, one per predictor, higher is better; NaN where
/// there is none: a training that failed or has not ended says nothing, whatever losses it left.
std::vector<double> scores_of(const Trial& trial, std::int64_t params, std::int64_t macs,
                              const std::vector<Predictor>& predictors);

}  // namespace tse
