#pragma once

#include <optional>
#include <vector>

#include "tse/base/missing.h"
#include "tse/space/arch.h"
#include "tse/trial/trace.h"

namespace tse {

/// One trial of a search.
struct SearchTrial {
  int number = 0;
  Arch arch;
  std::vector<double> scores;            // one per objective, higher is better; NaN where it failed
  std::optional<double> outcome = {};    // in its own unit; what the search does not see
  TraceStatus status = TraceStatus::ok;  // `running` where it has not ended
  double epochs = 0;                     // trained for it
  double seconds = kMissing;             // of training; NaN where they are not known
  double ended = kMissing;               // seconds on the search's clock, which begins at 0; NaN where not known
  std::optional<int> same_as = {};       // the trial whose result it shares

  bool operator==(const SearchTrial&) const = default;
};

/// The trials of one search, in order.
using SearchHistory = std::vector<SearchTrial>;

/// The place of the best trial by its first score among the first `count`, the earlier among equals; nothing where none
/// has one.
std::optional<std::size_t> incumbent(const SearchHistory& history, std::size_t count);
std::optional<std::size_t> incumbent(const SearchHistory& history);

/// After each trial, the outcome of the incumbent: what one would have taken home. NaN where it has none.
std::vector<double> incumbent_outcomes(const SearchHistory& history);

/// After each trial, the best outcome of any trial so far, whatever the search made of it: the oracle's curve of the
/// authors' analysis (rubinxin/TSE, analysis.py). NaN where there is none yet.
std::vector<double> oracle_outcomes(const SearchHistory& history, bool lower_is_better);

}  // namespace tse
