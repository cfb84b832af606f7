#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tse {

/// One column of a table of outcomes, as it is named on the command line: `FILE.csv:COLUMN` or `FILE.csv:COLUMN:lower`.
struct OutcomeName {
  std::filesystem::path file;
  std::string column;
  bool lower = false;  // lower values are better (a loss, an error)

  bool operator==(const OutcomeName&) const = default;
};

/// UsageError at `place` where the text is no such name.
OutcomeName parse_outcome_name(std::string_view text, std::string_view place);

}  // namespace tse
