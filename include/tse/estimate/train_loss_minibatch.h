#pragma once

#include <memory>
#include <string>

#include "tse/estimate/loss_estimator.h"

namespace tse {

/// TLmini, the baseline of Ru et al. 2021 (arXiv 2006.04492): the loss of one training mini-batch of the newest epoch.
///
///   step=0:   score = -ell[T,B], the last step
///   step=i:   score = -ell[T,i]; NaN where B < i
///
/// The authors' plots show, at epoch T, the mean over i = 1..B of the rank correlations of each ell[T,i].
class TrainLossMinibatch final : public LossEstimator {
 public:
  struct Settings {
    int step = 0;

    Options options();
  };

  explicit TrainLossMinibatch(const Settings& settings) : settings_(settings) {}
  std::string spec() const override;
  std::unique_ptr<LossMeter> meter(int steps_per_epoch) const override;

 private:
  bool needs_steps() const override { return true; }

  Settings settings_;
};

}  // namespace tse
