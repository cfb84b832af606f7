#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tse {

/// A column as it is named on the command line: `COLUMN`, `COLUMN:lower` or `COLUMN:higher`. Lower values are better
/// where it says so, and where it says nothing and the name itself is `loss` or `error`, or ends in `_loss` or
/// `_error`.
struct ColumnName {
  std::string column;
  bool lower = false;

  bool operator==(const ColumnName&) const = default;
};

/// `known`: the columns that there are; a name that is one of them as it stands is taken whole.
ColumnName parse_column_name(std::string_view text, const std::vector<std::string>& known = {});

/// One column of a table of outcomes, as it is named on the command line: `FILE.csv:COLUMN` or `FILE.csv:COLUMN:lower`.
struct OutcomeName {
  std::filesystem::path file;
  std::string column;
  bool lower = false;  // lower values are better (a loss, an error), by the rule of ColumnName

  bool operator==(const OutcomeName&) const = default;
};

/// UsageError at `place` where the text is no such name.
OutcomeName parse_outcome_name(std::string_view text, std::string_view place);

}  // namespace tse
