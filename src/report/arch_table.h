#pragma once

#include <functional>
#include <string>

#include "tse/report/ranking.h"

namespace tse {

/// The architecture as tables show it.
std::string arch_text(const RankedTrial& ranked);

/// A table with a column of architectures, the widest of `arch` columns, made by `table` for a width of that column: as
/// narrow as it takes for the lines to fit `width` columns, down to 16; 0 is unlimited.
std::string fitted_table(int arch, int width, const std::function<std::string(int arch_width)>& table);

/// The same of the ranked architectures.
std::string fitted_table(const Ranking& ranking, int width, const std::function<std::string(int arch_width)>& table);

}  // namespace tse
