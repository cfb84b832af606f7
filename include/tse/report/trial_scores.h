#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tse/estimate/estimator.h"
#include "tse/estimate/record.h"
#include "tse/store/trial.h"

namespace tse {

/// What orders trials: an estimator, or a zero-cost score that they have of themselves.
using Predictor = std::shared_ptr<const Estimator>;

/// UsageError where there is none of this name.
Predictor make_predictor(const std::string& name);

/// Shows a trial, whose network has these parameters and MACs, to `use` as estimators see it.
void with_record(const Trial& trial, std::int64_t params, std::int64_t macs,
                 const std::function<void(const Record&)>& use);

/// Its score, higher is better; NaN where there is none: a training that failed or has not ended says nothing, whatever
/// losses it left.
double score_of(const Trial& trial, std::int64_t params, std::int64_t macs, const Predictor& predictor);

}  // namespace tse
