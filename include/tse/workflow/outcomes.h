#pragma once

#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/space/arch.h"

namespace tse {

/// The outcomes that `FILE.csv:COLUMN[:lower]` has of these architectures, to go into a plan. DataError where it has
/// none.
Json outcomes_of(const std::vector<Arch>& archs, const std::string& text);

}  // namespace tse
