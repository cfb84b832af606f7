#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tse/base/csv.h"
#include "tse/base/json.h"

namespace tse {

/// How good the architectures turned out to be, measured elsewhere: one column of a table whose first column is `arch`.
struct Truth {
  std::string column;
  bool lower = false;       // lower values are better (a loss, an error)
  std::string source = {};  // the table's file

  /// By the architecture's text, as in the table; what is blank there is not here.
  std::map<std::string, double> outcome;

  bool operator==(const Truth&) const = default;
};

/// Reads what `FILE.csv:COLUMN` or `FILE.csv:COLUMN:lower` names, packed files (`.csv.gz`) too. UsageError where the
/// text is no such thing or the table has no such column; DataError where the table cannot be read, its first column is
/// not `arch`, or an architecture stands in it twice.
Truth read_truth(std::string_view text);

/// For the plan of a study, which must not depend on the file staying there.
Json to_json(const Truth& truth);
Truth truth_from_json(const Json& object, std::string_view place);

/// The same of a table that is already here.
Truth truth_of(const Csv& table, std::string_view column, bool lower);

}  // namespace tse
