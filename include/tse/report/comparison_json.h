#pragma once

#include <string>

#include "tse/base/json.h"
#include "tse/compare/comparison.h"

namespace tse {

/// The JSON of `tse evaluate` for one study: `study`, `outcome`, `rows` and what they are about; numbers that are not
/// finite are null. The mean outcome of the best k is under `topK_mean_outcome`, K being the number.
Json to_json(const Comparison& comparison);

/// One line for each row, for spreadsheets and plots; a header first where it is asked for. What is not a number is
/// blank.
std::string to_csv(const Comparison& comparison, bool header);

/// The kept scores, a line for each training: `arch`, the outcome, and a column `ESTIMATOR@T` for each row. Blank where
/// there is no score, `-inf` where the training had diverged.
std::string scores_csv(const Comparison& comparison);

}  // namespace tse
