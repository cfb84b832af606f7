#include "tse/rank/truth.h"

#include <cmath>

#include "tse/base/error.h"
#include "tse/base/option.h"
#include "tse/base/outcome_name.h"

namespace tse {

Truth read_truth(std::string_view text) {
  const OutcomeName name = parse_outcome_name(text, "truth");
  Truth truth = truth_of(Csv::read(name.file), name.column, name.lower);
  truth.source = name.file.string();
  return truth;
}

Json to_json(const Truth& truth) {
  return {{"column", truth.column}, {"lower", truth.lower}, {"source", truth.source}, {"outcome", truth.outcome}};
}

Truth truth_from_json(const Json& object, std::string_view place) {
  Truth truth{.column = member<std::string>(object, "column", place),
              .lower = member<bool>(object, "lower", place),
              .source = member<std::string>(object, "source", place),
              .outcome = {}};
  const Json outcome = member<Json>(object, "outcome", place);
  for (const auto& item : outcome.items()) truth.outcome[item.key()] = member<double>(outcome, item.key(), place);
  return truth;
}

Truth truth_of(const Csv& table, std::string_view column, bool lower) {
  const std::vector<std::string_view> archs = table.keys("arch");
  const auto values = table.find_column(column);
  if (!values) throw UsageError(table.place(), "{}", unknown_name("column", column, table.header()));
  if (*values == 0) throw UsageError(table.place(), "expected a column of outcomes; got 'arch'");
  Truth truth{.column = std::string(column), .lower = lower, .outcome = {}};
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double value = table.number(row, *values);
    if (!std::isnan(value)) truth.outcome.emplace(archs[row], value);
  }
  return truth;
}

}  // namespace tse
