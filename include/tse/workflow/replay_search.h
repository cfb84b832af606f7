#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tse/report/search.h"
#include "tse/search/budget.h"

namespace tse {

/// A search on recorded trainings in place of new ones, as `tse search --replay` is asked for it.
struct ReplayRequest {
  std::string study;                      // of ours or imported
  std::vector<std::string> scores = {};   // studies of zero-cost scores of the same architectures
  std::string space = {};                 // whose texts name its trainings; empty: the study's own
  std::vector<std::string> algos;         // the first is shown; the others are compared, and random search always
  std::vector<std::string> objectives;    // lists as parse_objectives reads them, or with @EPOCHS; `outcome`, columns
  std::vector<std::string> compare = {};  // further objectives that the same searches are done by
  std::string outcome = {};               // column of the study; empty: its own outcome
  std::string require = {};
  SearchBudget budget;
  int epochs = 0;  // of each training, where an objective does not say; 0: as many as are recorded
  int window = 1;
  int workers = 1;  // simulated
  int repeats = 1;  // seeds, of each way to search
  std::uint64_t seed = 0;
  int halving = 0;  // successive halving as SearchPlan's, beside the same searches without it; 0 is off
  int first_rung = 1;
};

/// The first search, and means over all repeats of every way to search: each algorithm by each objective. UsageError
/// where something is unknown to the study or cannot be halved, DataError where its trainings are none of the space.
SearchView replay_view(const ReplayRequest& request);

}  // namespace tse
