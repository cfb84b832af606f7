#pragma once

#include <string>

#include "tse/base/json.h"
#include "tse/report/ranking.h"

namespace tse {

/// A study of `tse score`, whose ranking is by zero-cost scores: the table, best by the first score first, what could
/// not be scored and why, the seconds of each score, and, where there is an outcome, how well each agrees with it.
/// Architectures are shortened in the middle only where a line would not fit `width` columns; 0 is unlimited.
std::string scores_text(const Ranking& ranking, int width);

/// The same: the facts of the study, `trials` with `arch`, `status`, `scores` by name and, where there are any,
/// `failed` with the reason of each that could not be had; `ranking`, `mean_seconds` of a network by score,
/// `correlation` as in the JSON of `tse rank`.
Json scores_json(const Ranking& ranking);

}  // namespace tse
