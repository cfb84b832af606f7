#include "tse/base/outcome_name.h"

#include "tse/base/error.h"

namespace tse {

OutcomeName parse_outcome_name(std::string_view text, std::string_view place) {
  constexpr std::string_view kLower = ":lower";
  std::string_view rest = text;
  const bool lower = rest.ends_with(kLower);
  if (lower) rest.remove_suffix(kLower.size());
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == rest.size())
    throw UsageError(place, "expected FILE.csv:COLUMN or FILE.csv:COLUMN:lower; got '{}'", text);
  return {.file = rest.substr(0, colon), .column = std::string(rest.substr(colon + 1)), .lower = lower};
}

}  // namespace tse
