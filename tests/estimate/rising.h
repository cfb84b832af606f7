#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "tse/base/random.h"
#include "tse/estimate/record.h"
#include "tse/trial/curve_table.h"

namespace tse {

/// Validation curves that rise to an accuracy of their own, training losses that fall with them, a score that knows it
/// to some degree, and a number that says nothing.
inline CurveTable rising(int rows, int epochs) {
  Stream random(1);
  CurveTable table{.archs = {}, .epochs = epochs};
  for (int row = 0; row < rows; ++row) {
    table.archs.push_back(std::to_string(row));
    const double final = 0.3 + 0.6 * random.unit();
    for (int t = 1; t <= epochs; ++t) {
      const double accuracy = final * (1 - std::exp(-0.3 * t)) + 0.01 * random.unit();
      table.curves[Metric::valid_accuracy].push_back(accuracy);
      table.curves[Metric::train_loss].push_back(2.3 - 2 * accuracy);
    }
    table.columns["params"].push_back(1);
    table.columns["synflow"].push_back(final + 0.3 * random.unit());
  }
  return table;
}

inline std::vector<Record> records_of(const CurveTable& table) {
  std::vector<Record> records;
  for (std::size_t row = 0; row < table.rows(); ++row) records.push_back(record_of(table, row));
  return records;
}

}  // namespace tse
