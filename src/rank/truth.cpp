#include "tse/rank/truth.h"

#include <cmath>

#include "tse/base/error.h"
#include "tse/base/option.h"

namespace tse {

std::optional<double> Truth::quality(const std::string& arch) const {
  const auto found = outcome.find(arch);
  if (found == outcome.end()) return std::nullopt;
  return lower ? -found->second : found->second;
}

Truth read_truth(std::string_view text) {
  std::string_view rest = text;
  const bool lower = rest.ends_with(":lower");
  if (lower) rest.remove_suffix(std::string_view(":lower").size());
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == rest.size())
    throw UsageError("truth", "expected FILE.csv:COLUMN or FILE.csv:COLUMN:lower; got '{}'", text);
  return truth_of(Csv::read(std::string(rest.substr(0, colon))), rest.substr(colon + 1), lower);
}

Json to_json(const Truth& truth) {
  return {{"column", truth.column}, {"lower", truth.lower}, {"outcome", truth.outcome}};
}

Truth truth_from_json(const Json& object, std::string_view place) {
  Truth truth{.column = member<std::string>(object, "column", place),
              .lower = member<bool>(object, "lower", place),
              .outcome = {}};
  const Json outcome = member<Json>(object, "outcome", place);
  for (const auto& item : outcome.items()) truth.outcome[item.key()] = member<double>(outcome, item.key(), place);
  return truth;
}

Truth truth_of(const Csv& table, std::string_view column, bool lower) {
  if (table.header().front() != "arch")
    throw DataError(table.place(), "expected the first column to be 'arch'; got '{}'", table.header().front());
  const auto values = table.find_column(column);
  if (!values) throw UsageError(table.place(), "{}", unknown_name("column", column, table.header()));
  if (*values == 0) throw UsageError(table.place(), "expected a column of outcomes; got 'arch'");
  Truth truth{.column = std::string(column), .lower = lower, .outcome = {}};
  std::map<std::string, std::size_t, std::less<>> first;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto [there, is_new] = first.emplace(table.cell(row, 0), row);
    if (!is_new) {
      throw DataError(table.where(row, 0), "expected each architecture once; '{}' stands in {} too", there->first,
                      table.where(there->second, 0));
    }
    const double value = table.number(row, *values);
    if (!std::isnan(value)) truth.outcome.emplace(there->first, value);
  }
  return truth;
}

}  // namespace tse
