#include "tse/estimate/running_blend.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tse/base/missing.h"
#include "tse/rank/mean.h"
#include "tse/rank/normal_scores.h"

namespace tse {
namespace {

constexpr double kNormalQuartiles = 1.349;  // between them, of a normal distribution of deviation 1
constexpr double kLowest = -3;              // beyond it bad is bad, whatever the scale

}  // namespace

RunningBlend::Scale::Scale(const std::vector<double>& values)
    : logarithmic(std::ranges::all_of(values, [](double value) { return value > 0; })) {
  std::vector<double> sorted = values;
  if (logarithmic) std::ranges::transform(sorted, sorted.begin(), [](double value) { return std::log(value); });
  std::ranges::sort(sorted);
  middle = quantile(sorted, 0.5);
  const double range = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / kNormalQuartiles;
  if (range > 0) width = range;
}

double RunningBlend::Scale::operator()(double value) const {
  if (logarithmic && value <= 0) return kLowest;
  return std::max(((logarithmic ? std::log(value) : value) - middle) / width, kLowest);
}

RunningBlend::RunningBlend(Blend blend, int epochs, int schedule_epochs, std::size_t settle)
    : blend_(std::move(blend)), epochs_(epochs), schedule_epochs_(schedule_epochs), settle_(settle) {}

void RunningBlend::add(const Record& record) {
  if (settled()) return;
  const Blend::Halves halves = blend_.halves(record, epochs_);
  if (!std::isfinite(halves.speed) || !std::isfinite(halves.still)) return;
  speed_.push_back(halves.speed);
  still_.push_back(halves.still);
  speed_scale_ = Scale(speed_);
  still_scale_ = Scale(still_);
  share_ = blend_.static_share(epochs_, schedule_epochs_, speed_.size(),
                               agreement_of(normal_scores(speed_), normal_scores(still_)));
}

double RunningBlend::score(const Record& record) const {
  const Blend::Halves halves = blend_.halves(record, epochs_);
  if (halves.speed == kWorstScore) return kWorstScore;
  if (speed_.empty() || std::isnan(halves.speed) || std::isnan(halves.still)) return kMissing;
  return (1 - share_) * speed_scale_(halves.speed) + share_ * still_scale_(halves.still);
}

}  // namespace tse
