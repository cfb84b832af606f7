#include "tse/estimate/loss_estimator.h"

#include <algorithm>
#include <cmath>

#include "tse/base/missing.h"

namespace tse {

double LossEstimator::score(const Record& record, int epochs) const {
  return epochs < 1 ? kMissing : scores(record, epochs).back();
}

std::vector<double> LossEstimator::scores(const Record& record, int epochs) const {
  std::vector<double> list(static_cast<std::size_t>(std::max(epochs, 0)), kMissing);
  if (record.gaps && needs_steps()) return list;
  const int steps = steps_per_epoch(record);
  const std::size_t healthy = healthy_steps(record);
  const auto needed = [&](std::size_t t) {
    return steps == 0 ? 1 : static_cast<std::size_t>(steps) * t + static_cast<std::size_t>(steps_ahead(steps));
  };
  std::unique_ptr<LossMeter> follower = steps == 0 ? nullptr : meter(steps);
  std::size_t fed = 0;
  for (std::size_t t = 1; t <= list.size(); ++t) {
    const Standing there = standing(record, healthy, needed(t));
    if (there == Standing::worst) std::fill(list.begin() + static_cast<std::ptrdiff_t>(t) - 1, list.end(), kWorstScore);
    if (there != Standing::whole || follower == nullptr) break;
    for (; fed < needed(t); ++fed) follower->feed(record.step_loss[fed], batch_images(record, fed));
    list[t - 1] = follower->score();
  }
  return list;
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
