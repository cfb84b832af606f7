#pragma once

#include <memory>
#include <string>

#include "tse/estimate/loss_estimator.h"

namespace tse {

/// TSE, training speed estimation (Ru et al. 2021, arXiv 2006.04492; "SoTL" in its first version): the sum of the
/// training losses so far, that is the area under the loss curve.
///
///   TSE(T) = sum_{t=1..T} ell[t],   score = -TSE(T)
///
/// ell[t] is the mean over epoch t of the losses just before each update.
class Tse final : public LossEstimator {
 public:
  struct Settings {
    EpochMeanOption mean;

    Options options() { return {mean.option()}; }
  };

  explicit Tse(const Settings& settings) : settings_(settings) {}
  std::string spec() const override;
  std::unique_ptr<LossMeter> meter(int steps_per_epoch) const override;

 private:
  Settings settings_;
};

}  // namespace tse
