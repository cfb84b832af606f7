#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "tse/base/outcome_name.h"
#include "tse/trial/curve_table.h"

namespace tse {

/// The learning curves of one metric, as a table: first column `arch`, then `e1` to `eN`, the value after each epoch;
/// blank, `nan` or `NA` where it was not recorded. One row per training; packed files too.
struct CurveFile {
  Metric metric = Metric::train_loss;
  std::filesystem::path file;

  bool operator==(const CurveFile&) const = default;
};

/// What `train_loss=FILE.csv` names. UsageError at `place` that lists the metrics where it is no such thing.
CurveFile parse_curve_file(std::string_view text, std::string_view place);

/// Reads curves and outcomes into one table. Its rows are the architectures of all curve files: those of the first in
/// their order, then those that only later files have. Without curves they are those of the outcomes. All numeric
/// columns of the outcomes' file become columns, NaN where an architecture is not in it; columns with other text are
/// left out and named in the source, which also has each file's name, SHA-256 and split.
///
/// UsageError where a metric comes twice, nothing is to be read, or there is no such outcome; DataError with file and
/// line where a file is not of that form or an architecture stands in it twice.
CurveTable read_curve_files(std::span<const CurveFile> files, const std::optional<OutcomeName>& outcome);

}  // namespace tse
