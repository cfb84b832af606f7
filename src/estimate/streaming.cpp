#include "tse/estimate/streaming.h"

#include <algorithm>
#include <cmath>

namespace tse {
namespace {

std::unique_ptr<LossMeter> meter_of(const Estimator& estimator, int steps_per_epoch) {
  const auto* of_losses = dynamic_cast<const LossEstimator*>(&estimator);
  return of_losses == nullptr ? nullptr : of_losses->meter(steps_per_epoch);
}

}  // namespace

TrainingSpeed::TrainingSpeed(const Settings& settings) : steps_per_epoch_(settings.steps_per_epoch) {
  if (settings.steps_per_epoch < 1)
    throw UsageError("TrainingSpeed", "steps_per_epoch must be at least 1; got {}", settings.steps_per_epoch);
  const bool all = settings.estimators.empty();
  for (const std::string& name : all ? estimators().names() : settings.estimators) {
    if (all && name == "column") continue;  // which needs a name
    const auto estimator = make_estimator(name);
    auto meter = meter_of(*estimator, settings.steps_per_epoch);
    if (meter == nullptr && all) continue;
    if (meter == nullptr) throw UsageError("TrainingSpeed", "'{}' needs more than training losses", name);
    followed_.push_back({.spec = estimator->spec(), .meter = std::move(meter)});
  }
}

void TrainingSpeed::feed(double loss, int images) {
  if (images < 1) throw UsageError("TrainingSpeed", "images must be at least 1; got {}", images);
  ++steps_;
  diverged_ = diverged_ || !std::isfinite(loss);
  if (diverged_) return;
  for (const Followed& followed : followed_) followed.meter->feed(loss, images);
}

double TrainingSpeed::score(std::string_view estimator) const {
  const std::string spec = make_estimator(estimator)->spec();
  const auto found = std::ranges::find(followed_, spec, &Followed::spec);
  if (found == followed_.end()) throw UsageError("TrainingSpeed", "{}", unknown_name("estimator", spec, names()));
  return diverged_ ? kWorstScore : found->meter->score();
}

std::vector<std::string> TrainingSpeed::names() const {
  std::vector<std::string> list;
  for (const Followed& followed : followed_) list.push_back(followed.spec);
  return list;
}

}  // namespace tse
