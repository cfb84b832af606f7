#pragma once

#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/space/arch.h"

namespace tse {

class Space;  // tse/space/space.h

/// The outcomes that `FILE.csv:COLUMN[:lower]` has of these architectures, to go into a plan; the table may write them
/// in any way that the space reads. DataError where it has none, or two different ones of one architecture.
Json outcomes_of(const Space& space, const std::vector<Arch>& archs, const std::string& text);

/// All that it has. DataError also where a row is no architecture of the space.
Json outcomes_of_space(const Space& space, const std::string& text);

}  // namespace tse
