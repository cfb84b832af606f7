#include "tse/estimate/loss_estimator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace tse {

double LossEstimator::score(const Trace& trace, int epochs) const {
  constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
  constexpr double kWorst = -std::numeric_limits<double>::infinity();
  const int steps = steps_per_epoch(trace);
  if (epochs < 1) return kNothing;
  const std::size_t needed =
      steps == 0 ? 1 : std::size_t(steps) * std::size_t(epochs) + std::size_t(steps_ahead(steps));
  const auto prefix = std::span(trace.step_loss).first(std::min(needed, trace.step_loss.size()));
  if (!std::ranges::all_of(prefix, [](double loss) { return std::isfinite(loss); })) return kWorst;
  if (steps == 0 || prefix.size() < needed) return trace.status == TraceStatus::diverged ? kWorst : kNothing;
  const auto follower = meter(steps);
  for (std::size_t step = 0; step < needed; ++step) follower->feed(prefix[step], batch_images(trace, step));
  return follower->score();
}

void EpochMeter::feed(double loss, int images) {
  const double weight = mean_ == EpochMean::images ? images : 1;
  sum_ += loss * weight;
  weight_ += weight;
  if (++steps_ < steps_per_epoch_) return;
  feed_epoch(sum_ / weight_);
  steps_ = 0;
  sum_ = 0;
  weight_ = 0;
}

Option EpochMeanOption::option() {
  return {"mean", &mean, "what weighs the same within an epoch's mean loss", one_of({"images", "steps"})};
}

}  // namespace tse
