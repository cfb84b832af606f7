#include "tse/search/history.h"

#include <algorithm>
#include <cmath>

namespace tse {
namespace {

bool scored(const SearchTrial& trial) { return !trial.scores.empty() && !std::isnan(trial.scores.front()); }

}  // namespace

std::optional<std::size_t> incumbent(const SearchHistory& history, std::size_t count) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < std::min(count, history.size()); ++i) {
    if (scored(history[i]) && (!best || history[i].scores.front() > history[*best].scores.front())) best = i;
  }
  return best;
}

std::optional<std::size_t> incumbent(const SearchHistory& history) { return incumbent(history, history.size()); }

std::vector<double> incumbent_outcomes(const SearchHistory& history) {
  std::vector<double> list;
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (scored(history[i]) && (!best || history[i].scores.front() > history[*best].scores.front())) best = i;
    list.push_back(best ? history[*best].outcome.value_or(kMissing) : kMissing);
  }
  return list;
}

std::vector<double> oracle_outcomes(const SearchHistory& history, bool lower_is_better) {
  std::vector<double> list;
  double best = kMissing;
  for (const SearchTrial& trial : history) {
    const double outcome = trial.outcome.value_or(kMissing);
    if (std::isnan(best) || (lower_is_better ? outcome < best : outcome > best)) best = outcome;
    list.push_back(best);
  }
  return list;
}

}  // namespace tse
