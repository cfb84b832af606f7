#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tse/compare/comparison.h"

namespace tse {

/// Comparisons of estimators as one HTML page that opens offline and loads nothing: for each study a plot of Spearman's
/// correlation over the share of the schedule that was trained, with the intervals as bands (in the manner of Fig. 1 of
/// arXiv 2006.04492) and the effective budget as a line where it was asked for, and the same as a table. Everything
/// from outside is escaped, and the page's content security policy lets only its own scripts run.
std::string to_html(const std::vector<Comparison>& comparisons);

/// Writes the page as write_page does.
void write_html(const std::vector<Comparison>& comparisons, const std::filesystem::path& file);

}  // namespace tse
