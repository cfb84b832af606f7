#pragma once

#include "tse/base/json.h"

namespace tse {

/// Versions and machine of this run, for the record of a study.
Json manifest();

}  // namespace tse
