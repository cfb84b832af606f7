#include "tse/base/outcome_name.h"

#include <algorithm>

#include "tse/base/error.h"

namespace tse {
namespace {

bool sounds_lower(std::string_view column) {
  for (const std::string_view word : {"loss", "error"}) {
    if (!column.ends_with(word)) continue;
    column.remove_suffix(word.size());
    return column.empty() || column.ends_with('_');
  }
  return false;
}

}  // namespace

ColumnName parse_column_name(std::string_view text, const std::vector<std::string>& known) {
  constexpr std::string_view kLower = ":lower";
  constexpr std::string_view kHigher = ":higher";
  const bool whole = std::ranges::find(known, text) != known.end();
  const bool lower = !whole && text.ends_with(kLower);
  const bool higher = !whole && text.ends_with(kHigher);
  if (lower) text.remove_suffix(kLower.size());
  if (higher) text.remove_suffix(kHigher.size());
  return {.column = std::string(text), .lower = lower || (!higher && sounds_lower(text))};
}

OutcomeName parse_outcome_name(std::string_view text, std::string_view place) {
  const ColumnName whole = parse_column_name(text);
  const std::size_t colon = whole.column.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == whole.column.size())
    throw UsageError(place, "expected FILE.csv:COLUMN or FILE.csv:COLUMN:lower (or :higher); got '{}'", text);
  return {.file = whole.column.substr(0, colon), .column = whole.column.substr(colon + 1), .lower = whole.lower};
}

}  // namespace tse
