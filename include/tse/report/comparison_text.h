#pragma once

#include <string>
#include <vector>

#include "tse/compare/comparison.h"

namespace tse {

/// The comparison for people: what was measured, Spearman's correlation by estimator and budget with the best of each
/// budget marked, who leads where and by how much, all numbers where they are few. A table too wide for `width` columns
/// is cut into several, side by side budgets into lines; 0 is unlimited.
std::string to_text(const Comparison& comparison, int width);

/// Several studies: the correlations at the budgets and of the estimators that all have, a column for each study.
std::string side_by_side_text(const std::vector<Comparison>& comparisons, int width = 0);

/// What was compared on what, as one sentence.
std::string comparison_sentence(const Comparison& comparison);

}  // namespace tse
