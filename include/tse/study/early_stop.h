#pragma once

#include <functional>
#include <optional>
#include <string>

#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// Whether a training is to end early after these steps, and if so, why: what the job's rule says. Empty where it has
/// none.
std::function<std::optional<std::string>(const Trace&)> verdict_of(const Job& job);

}  // namespace tse
