#include "curves.h"

#include <algorithm>
#include <cmath>

namespace tse {
namespace {

constexpr std::size_t kMostPoints = 150;

std::vector<CurvePoint> smoothed_steps(const std::vector<double>& losses, int steps_of_epoch) {
  const std::size_t steps = static_cast<std::size_t>(
      std::ranges::find_if(losses, [](double loss) { return !std::isfinite(loss); }) - losses.begin());
  std::vector<double> sums(steps + 1, 0.0);
  for (std::size_t i = 0; i < steps; ++i) sums[i + 1] = sums[i] + losses[i];
  const std::size_t half = static_cast<std::size_t>(steps_of_epoch) / 20;
  const std::size_t stride = std::max<std::size_t>(1, (steps + kMostPoints - 1) / kMostPoints);
  std::vector<CurvePoint> points;
  const auto add = [&](std::size_t i) {
    const std::size_t first = i > half ? i - half : 0;
    const std::size_t end = std::min(i + half + 1, steps);
    const double mean = (sums[end] - sums[first]) / static_cast<double>(end - first);
    points.push_back({static_cast<double>(i + 1) / steps_of_epoch, mean});
  };
  for (std::size_t i = 0; i < steps; i += stride) add(i);
  if (steps > 0 && (steps - 1) % stride != 0) add(steps - 1);
  return points;
}

}  // namespace

std::vector<CurvePoint> loss_curve(const Trace& trace, int budget_epochs) {
  const int steps = steps_per_epoch(trace);
  if (steps <= 0) return {};
  if (budget_epochs < kEpochsForMeans) return smoothed_steps(trace.step_loss, steps);
  std::vector<CurvePoint> points;
  for (const double loss : epoch_losses(trace)) {
    if (!std::isfinite(loss)) break;
    points.push_back({static_cast<double>(points.size() + 1), loss});
  }
  return points;
}

}  // namespace tse
