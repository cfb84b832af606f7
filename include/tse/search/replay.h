#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tse/search/budget.h"
#include "tse/search/halving.h"
#include "tse/search/history.h"
#include "tse/search/searcher.h"

namespace tse {

/// What is recorded of one architecture.
struct RecordedResult {
  std::vector<double> scores;            // one per objective, higher is better; NaN where it failed
  std::optional<double> outcome = {};    // in its own unit
  double epochs = 0;                     // that the scores take
  double seconds = kMissing;             // that they take; NaN where that was not recorded
  std::vector<double> rung_scores = {};  // at the rungs of successive halving
};

/// By the architecture's text.
using RecordedResults = std::map<std::string, RecordedResult, std::less<>>;

struct ReplayOptions {
  SearchBudget budget;
  int window = 1;   // as WindowedSearch's
  int workers = 1;  // trainings at once, by the simulated clock
  std::uint64_t seed = 0;
  int halving = 0;              // one in so many trials goes on at a rung; 0: all
  std::vector<int> rungs = {};  // of halving, in epochs
};

/// Runs a search on recorded results in place of trainings, by a simulated clock: each trial begins as soon as a worker
/// is free and the results that it is proposed from are there, and takes the recorded seconds. A trial that would end
/// beyond the budget is not begun, so no budget is exceeded; the same architecture again costs again, as in the
/// authors' experiments. `domain` must allow recorded architectures only. UsageError where the budget is of time or
/// epochs that were not recorded. Ends early where the searcher has nothing left to propose, or asks for nothing but
/// what costs nothing.
SearchHistory replay(const Algorithm& algorithm, const Domain& domain, const RecordedResults& results,
                     const ReplayOptions& options);

}  // namespace tse
