#pragma once

#include "plan.h"

namespace tse::cpu {

/// Gives every value of the plan its place, and every pass its block of images: values that are never alive together
/// share memory.
void place(Plan& plan);

}  // namespace tse::cpu
