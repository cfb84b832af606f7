#pragma once

#include <functional>
#include <string>

#include "tse/base/table.h"
#include "tse/report/ranking.h"

namespace tse {

/// The architecture as tables show it.
std::string arch_text(const RankedTrial& ranked);

/// A table with a column of architectures, the widest of `arch` columns, made by `table` for a width of that column: as
/// narrow as it takes for the lines to fit `width` columns, down to 16; 0 is unlimited. What does not fit then follows
/// below, with the first `keys` columns.
std::string fitted_table(int arch, int width, const std::function<TextTable(int arch_width)>& table,
                         std::size_t keys = 2);

/// The same of the ranked architectures.
std::string fitted_table(const Ranking& ranking, int width, const std::function<TextTable(int arch_width)>& table);

}  // namespace tse
