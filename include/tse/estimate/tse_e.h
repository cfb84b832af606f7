#pragma once

#include <memory>
#include <string>

#include "tse/estimate/loss_estimator.h"

namespace tse {

/// TSE-E (Ru et al. 2021, arXiv 2006.04492): the sum of the most recent training losses, the early epochs being
/// burn-in. B is the number of steps of an epoch. Three windows:
///
///   epochs=E, whole:     TSE-E(T) = sum_{t=T-E+1..T} ell[t]; NaN where T < E (the released code sums what is there)
///   epochs=E, below 1:   TSE-E(T) = sum_{i=1..q} ell[T,i], q = floor(E B)
///   steps=K:             TSE-E(T) = the sum of the last K step losses of the first T epochs; NaN where T B < K
///
/// and score = -TSE-E(T). The paper's default is E = 1. A fraction is the *first* part of epoch T, not its last: so
/// does the authors' code of 2020 (rubinxin/SoTL), which plots the first q steps after n epochs at n+1. NaN where q is
/// 0. A training that runs sees it as "the first q steps of the current epoch". `mean` weighs the steps within ell[t];
/// the sums over steps are plain.
class TseE final : public LossEstimator {
 public:
  struct Settings {
    double epochs = 1;
    int steps = 0;  // 0: the window is given in epochs
    EpochMeanOption mean;

    Options options();
  };

  /// UsageError where `epochs` is neither whole nor below 1, or where both windows are given.
  explicit TseE(const Settings& settings);
  std::string spec() const override;
  std::unique_ptr<LossMeter> meter(int steps_per_epoch) const override;

 private:
  bool needs_steps() const override { return settings_.steps > 0 || settings_.epochs < 1; }

  Settings settings_;
};

}  // namespace tse
