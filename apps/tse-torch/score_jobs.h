#pragma once

namespace tse::engine {

/// Reads jobs with a zero-cost score from standard input, one JSON object a line, and prints each one's score.
int run_score_jobs();

}  // namespace tse::engine
