#include "tse/estimate/step_weights.h"

#include <cmath>
#include <memory>
#include <numeric>

#include "tse/base/error.h"
#include "tse/base/random.h"
#include "tse/estimate/loss_estimator.h"

namespace tse {
namespace {

double score_of(const LossEstimator& estimator, const std::vector<double>& losses) {
  const std::unique_ptr<LossMeter> meter = estimator.meter(1);
  for (const double loss : losses) meter->feed(loss, 1);
  return meter->score();
}

}  // namespace

std::vector<double> step_weights(std::string_view estimator, int steps) {
  const std::shared_ptr<const Estimator> any = make_estimator(estimator);
  const auto* of_losses = dynamic_cast<const LossEstimator*>(any.get());
  const auto refuse = [&] {
    throw UsageError("estimator", "expected one that is a weighted sum of {} training losses, as tse; got '{}'", steps,
                     estimator);
  };
  if (of_losses == nullptr) refuse();
  const auto count = static_cast<std::size_t>(steps);
  std::vector<double> losses(count, 0.0);
  std::vector<double> weights;
  for (std::size_t i = 0; i < count; ++i) {
    losses[i] = 1;
    weights.push_back(0 - score_of(*of_losses, losses));  // never -0
    losses[i] = 0;
    if (!(weights.back() >= 0)) refuse();
  }
  // a sum indeed: of losses that are no unit vectors too
  Stream random(derive_seed(0, "step weights"));
  for (double& loss : losses) loss = random.unit();
  const double sum = std::inner_product(weights.begin(), weights.end(), losses.begin(), 0.0);
  if (!(std::abs(sum + score_of(*of_losses, losses)) <= 1e-9 * std::max(1.0, sum)) || !(sum > 0)) refuse();
  return weights;
}

}  // namespace tse
