#pragma once

#include <string>

#include "tse/report/ranking.h"

namespace tse {

/// The ranking and, where there is an outcome, how well the scores agree with it. Architectures are shortened in the
/// middle only where a line would not fit `width` columns; 0 is unlimited.
std::string to_text(const Ranking& ranking, int width);

/// What was ranked, and by what, as one sentence.
std::string ranking_sentence(const Ranking& ranking);

/// What the correlations are measured against, as one sentence: outcome, whose run, split, seed, how many.
std::string outcome_sentence(const Ranking& ranking);

/// That sentence and the table of the correlations, after an empty line; nothing without an outcome.
std::string agreement_text(const Ranking& ranking, int width);

/// How many trainings were ended early by a race, and what that saved, after an empty line; nothing where none was.
std::string early_stops_text(const Ranking& ranking);

/// What went wrong, one line per trial that did not end well, after an empty line; nothing where all did.
std::string troubles_text(const Ranking& ranking);

}  // namespace tse
