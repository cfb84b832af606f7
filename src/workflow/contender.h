#pragma once

#include <string>
#include <vector>

#include "tse/report/search.h"
#include "tse/search/history.h"
#include "tse/search/replay.h"

namespace tse {

/// What a way to search found over several seeds, `all` of its searches; `lower`: lower outcomes are better.
Contender contender_of(const std::string& algo, const std::string& objective, const RecordedResults& results,
                       const std::vector<SearchHistory>& all, bool lower);

}  // namespace tse
