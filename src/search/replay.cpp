#include "tse/search/replay.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tse/base/error.h"
#include "tse/search/window.h"

namespace tse {
namespace {

/// Trials of recorded length on a number of workers.
class Clock {
 public:
  explicit Clock(int workers) : free_at_(static_cast<std::size_t>(workers), 0.0) {}

  /// When a trial ends that begins now at the earliest, once the first `needed` trials have ended.
  double ends(double seconds, std::size_t needed) const {
    const double ready = needed == 0 ? 0 : all_ended_[needed - 1];
    return std::max(*std::ranges::min_element(free_at_), ready) + seconds;
  }

  void add(double end) {
    *std::ranges::min_element(free_at_) = end;
    all_ended_.push_back(std::max(end, all_ended_.empty() ? 0 : all_ended_.back()));
  }

 private:
  std::vector<double> free_at_;
  std::vector<double> all_ended_;  // by count of trials: when they all have
};

/// Whether the trials so far and one more stay within the budget; nothing where the cost was not recorded.
std::optional<bool> affords(const SearchBudget& budget, std::size_t trials, double epochs, double end) {
  if (budget.trials) return trials < static_cast<std::size_t>(*budget.trials);
  const double spent = budget.epochs ? epochs : end;
  if (std::isnan(spent) || spent <= 0) return std::nullopt;
  return spent <= budget.epochs.value_or(budget.seconds.value_or(0));
}

}  // namespace

SearchHistory replay(const Algorithm& algorithm, const Domain& domain, const RecordedResults& results,
                     const ReplayOptions& options) {
  if (results.empty()) return {};
  const int objectives = static_cast<int>(results.begin()->second.scores.size());
  WindowedSearch search(algorithm.begin(domain, options.seed, objectives), options.window);
  Clock clock(options.workers);
  SearchHistory history;
  double epochs = 0;
  for (;;) {
    if (options.budget.trials && history.size() >= static_cast<std::size_t>(*options.budget.trials)) return history;
    const std::size_t needed = search.needed();
    const auto arch = search.ask();
    if (!arch) return history;
    const RecordedResult& result = results.find(arch->text)->second;
    const double end = clock.ends(result.seconds, needed);
    const auto affordable = affords(options.budget, history.size(), epochs + result.epochs, end);
    if (!affordable)
      throw UsageError("budget", "expected one in trials; how long a training of {} takes was not recorded",
                       arch->text);
    if (!*affordable) return history;
    clock.add(end);
    epochs += result.epochs;
    history.push_back({.number = static_cast<int>(history.size()),
                       .arch = *arch,
                       .scores = result.scores,
                       .outcome = result.outcome,
                       .status = TraceStatus::ok,
                       .epochs = result.epochs,
                       .seconds = result.seconds,
                       .ended = end});
    search.tell({.arch = *arch, .scores = result.scores});
  }
}

}  // namespace tse
