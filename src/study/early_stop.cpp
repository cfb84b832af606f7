#include "tse/study/early_stop.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "tse/estimate/estimator.h"
#include "tse/estimate/race.h"
#include "tse/rank/correlation.h"

namespace tse {
namespace {

/// Whether these are the steps to look at a race after, whoever asks and however often.
bool is_look(const Trace& trace) {
  const auto steps = static_cast<int>(trace.step_loss.size());
  return steps > 0 && steps % steps_between_looks(steps_per_epoch(trace)) == 0;
}

bool is_end_of(const Trace& trace, int epochs) {
  return trace.step_loss.size() == static_cast<std::size_t>(epochs) * static_cast<std::size_t>(steps_per_epoch(trace));
}

}  // namespace

std::function<std::optional<std::string>(const Trace&)> verdict_of(const Job& job) {
  if (!job.early_stop) return {};
  const std::shared_ptr<const Estimator> estimator = make_estimator(job.early_stop->estimator);
  return [estimator, stop = *job.early_stop,
          epochs = job.budget.epochs](const Trace& trace) -> std::optional<std::string> {
    for (const EarlyStop::Rung& rung : stop.rungs) {
      if (!is_end_of(trace, rung.epochs)) continue;
      const double score = estimator->score(trace, rung.epochs);
      if (!(round_for_ranking(score) >= round_for_ranking(rung.least)))
        return fmt::format("its {} of {:.4g} after {} epochs is below the {:.4g} that goes on", stop.estimator, score,
                           rung.epochs, rung.least);
    }
    if (!stop.race || !is_look(trace)) return std::nullopt;
    const double best = best_possible_score(*estimator, trace, epochs);
    if (round_for_ranking(best) >= round_for_ranking(*stop.race)) return std::nullopt;
    return fmt::format("its {} can end at {:.4g} at the best, below the {:.4g} of those that lead", stop.estimator,
                       best, *stop.race);
  };
}

}  // namespace tse
