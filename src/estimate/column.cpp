#include "tse/estimate/column.h"

#include "tse/base/missing.h"
#include "tse/trial/curve_table.h"

namespace tse {
namespace {

bool has_own_name(const std::string& column) { return column == "params" || column == "macs"; }

}  // namespace

Options Column::Settings::options() {
  return {{"name", &name, "of the column", {}}, {"lower", &lower, "lower values are better", {}}};
}

Column::Column(const Settings& settings) : settings_(settings) {
  if (settings_.name.empty()) throw UsageError("estimator column", "expected name=COLUMN; got none");
}

std::string Column::spec() const {
  return has_own_name(settings_.name) && !settings_.lower ? settings_.name : shortest_text("column", settings_);
}

double Column::score(const Record& record, int epochs) const {
  if (epochs < 1) return kMissing;
  const double value = record.column(settings_.name);
  return settings_.lower ? -value : value;
}

bool Column::sees_the_end() const { return find_metric(settings_.name).has_value(); }

}  // namespace tse
