#pragma once

#include <string>
#include <string_view>

#include "tse/base/json.h"
#include "tse/estimate/effective_budget.h"

namespace tse {

/// What Algorithm 1 found, with its advice. `loss` names what it looked at: "training loss".
std::string to_text(const EffectiveBudget& budget, std::string_view loss);

Json to_json(const EffectiveBudget& budget);

}  // namespace tse
