#include "tse/search/replay.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tse/base/error.h"
#include "tse/rank/correlation.h"
#include "tse/search/window.h"

namespace tse {
namespace {

/// Trials of recorded length on a number of workers.
class Clock {
 public:
  explicit Clock(int workers) : free_at_(static_cast<std::size_t>(workers), 0.0) {}

  /// When a trial ends that begins now at the earliest, once the first `needed` trials have ended. NaN after one whose
  /// length is not known.
  double ends(double seconds, std::size_t needed) const {
    if (!known_) return kMissing;
    const double ready = needed == 0 ? 0 : all_ended_[needed - 1];
    return std::max(*std::ranges::min_element(free_at_), ready) + seconds;
  }

  void add(double end) {
    known_ = known_ && !std::isnan(end);
    *std::ranges::min_element(free_at_) = end;
    all_ended_.push_back(std::max(end, all_ended_.empty() ? 0 : all_ended_.back()));
  }

 private:
  std::vector<double> free_at_;
  std::vector<double> all_ended_;  // by count of trials: when they all have
  bool known_ = true;
};

/// In the unit of the budget; NaN where it was not recorded.
double cost(const SearchBudget& budget, const RecordedResult& result) {
  if (budget.trials) return 1;
  return budget.epochs ? result.epochs : result.seconds;
}

/// Whether no more is spent once `trials` have been trained for `epochs` in all, the last until `end`.
bool affords(const SearchBudget& budget, std::size_t trials, double epochs, double end) {
  if (budget.trials) return trials <= static_cast<std::size_t>(*budget.trials);
  return budget.epochs ? epochs <= *budget.epochs : end <= budget.seconds.value_or(0);
}

/// What a search sees of a recorded training, where successive halving ends it: its part, without scores.
RecordedResult seen(const RecordedResult& result, const Halving& halving, std::size_t known) {
  RecordedResult part = result;
  for (const EarlyStop::Rung& rung : halving.needed(known)) {
    const auto at = std::ranges::find(halving.rungs(), rung.epochs) - halving.rungs().begin();
    if (std::cmp_greater_equal(at, result.rung_scores.size())) break;
    const double score = result.rung_scores[static_cast<std::size_t>(at)];
    if (round_for_ranking(score) >= round_for_ranking(rung.least)) continue;
    part.scores.assign(result.scores.size(), kMissing);
    part.rung_scores.resize(static_cast<std::size_t>(at) + 1);
    part.epochs = rung.epochs;
    part.seconds = result.seconds * part.epochs / result.epochs;
    break;
  }
  return part;
}

[[noreturn]] void refuse(const SearchBudget& budget, std::string_view arch) {
  throw UsageError("budget", "expected one in trials; how {} a training of {} takes was not recorded",
                   budget.epochs ? "many epochs" : "long", arch);
}

}  // namespace

SearchHistory replay(const Algorithm& algorithm, const Domain& domain, const RecordedResults& results,
                     const ReplayOptions& options) {
  if (results.empty()) return {};
  const SearchBudget& budget = options.budget;
  const auto costs = [&](const auto& each) { return cost(budget, each.second) > 0; };
  if (std::ranges::none_of(results, costs)) refuse(budget, results.begin()->first);
  const int objectives = static_cast<int>(results.begin()->second.scores.size());
  WindowedSearch search(algorithm.begin(domain, options.seed, objectives), options.window);
  Halving halving(options.halving, options.rungs);
  Clock clock(options.workers);
  SearchHistory history;
  double epochs = 0;
  std::size_t free_in_a_row = 0;  // trials that cost nothing: a search that repeats itself may ask for no others
  while (free_in_a_row <= results.size() && affords(budget, history.size() + 1, epochs, 0)) {
    const std::size_t needed = search.needed();
    const auto arch = search.ask();
    if (!arch) break;
    const RecordedResult& whole = results.find(arch->text)->second;
    const RecordedResult result = seen(whole, halving, needed);
    if (std::isnan(cost(budget, result))) refuse(budget, arch->text);
    const double end = clock.ends(result.seconds, needed);
    if (!affords(budget, history.size() + 1, epochs + result.epochs, end)) break;
    free_in_a_row = cost(budget, result) > 0 ? 0 : free_in_a_row + 1;
    clock.add(end);
    epochs += result.epochs;
    history.push_back({.number = static_cast<int>(history.size()),
                       .arch = *arch,
                       .scores = result.scores,
                       .outcome = result.outcome,
                       .status = result.epochs < whole.epochs ? TraceStatus::stopped : TraceStatus::ok,
                       .epochs = result.epochs,
                       .seconds = result.seconds,
                       .ended = end});
    halving.tell(result.rung_scores);
    search.tell({.arch = *arch, .scores = result.scores});
  }
  return history;
}

}  // namespace tse
