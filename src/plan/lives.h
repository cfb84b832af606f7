#pragma once

#include "tse/plan/plan.h"

namespace tse::plan {

/// Sets when each value is born and dies, from what the plan's steps and its caller touch.
void set_lives(Plan& plan);

}  // namespace tse::plan
