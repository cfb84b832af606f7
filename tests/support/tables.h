#pragma once

#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tse/base/csv.h"
#include "tse/trial/curve_table.h"

namespace tse {

/// Curves and outcomes of a folder of tables, joined by architecture: `train_loss.csv` for Metric::train_loss, and
/// final.csv, whose columns are the table's.
inline CurveTable read_tables(const std::filesystem::path& folder, const std::vector<Metric>& metrics,
                              const std::string& outcome, bool lower) {
  CurveTable table{.archs = {}, .outcome = outcome, .outcome_lower = lower};
  std::map<std::string, std::size_t> rows;
  for (const Metric metric : metrics) {
    const Csv csv = Csv::read(folder / (std::string(to_text(metric)) + ".csv"));
    if (table.archs.empty()) {
      table.epochs = static_cast<int>(csv.header().size()) - 1;
      for (std::size_t row = 0; row < csv.rows(); ++row) {
        rows.emplace(csv.cell(row, 0), row);
        table.archs.emplace_back(csv.cell(row, 0));
      }
    }
    const auto epochs = static_cast<std::size_t>(table.epochs);
    auto& curve = table.curves[metric];
    curve.assign(table.archs.size() * epochs, std::numeric_limits<double>::quiet_NaN());
    for (std::size_t row = 0; row < csv.rows(); ++row) {
      const std::size_t place = rows.at(std::string(csv.cell(row, 0)));
      for (std::size_t t = 0; t < epochs; ++t) curve[place * epochs + t] = csv.number(row, t + 1);
    }
  }
  const Csv final = Csv::read(folder / "final.csv");
  for (std::size_t column = 1; column < final.header().size(); ++column) {
    auto& values = table.columns[final.header()[column]];
    values.assign(table.archs.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t row = 0; row < final.rows(); ++row)
      values[rows.at(std::string(final.cell(row, 0)))] = final.number(row, column);
  }
  return table;
}

}  // namespace tse
