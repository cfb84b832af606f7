#pragma once

#include <memory>
#include <string>

#include "tse/estimate/loss_estimator.h"

namespace tse {

/// TSE-EMA by the recursion of the authors' released code (rubinxin/TSE, rank_correlation_comparison.py): an
/// exponential moving average of the epochs' losses, mu being the weight of the *newest*.
///
///   s[1] = ell[1],   s[t] = (1 - mu) s[t-1] + mu ell[t],   score = -s[T],   mu = 0.9
///
/// With mu = 0.9 the newest epoch weighs 0.9, so it ranks nearly as TSE-E with E = 1. Up to the factor mu it is the
/// paper's sum (TseEmaPaper) with gamma = 1 - mu, save that ell[1] weighs 1/mu times more. The published figures were
/// most likely made with this one. `abscissa=published` looks at T+1 epochs, as they do.
class TseEma final : public LossEstimator {
 public:
  struct Settings {
    double mu = 0.9;
    EpochMeanOption mean;
    AbscissaOption abscissa;

    Options options();
  };

  explicit TseEma(const Settings& settings) : settings_(settings) {}
  std::string spec() const override;
  std::unique_ptr<LossMeter> meter(int steps_per_epoch) const override;

 private:
  int steps_ahead(int steps_per_epoch) const override { return steps_per_epoch * settings_.abscissa.epochs_ahead(); }

  Settings settings_;
};

/// TSE-EMA by the formula of the paper (Ru et al. 2021, arXiv 2006.04492): a sum that forgets, gamma being the weight
/// that the *past* keeps with each epoch.
///
///   TSE-EMA(T) = sum_{t=1..T} gamma^(T-t) ell[t],   score = -TSE-EMA(T),   gamma = 0.999
///
/// With gamma = 0.999 it ranks nearly as plain TSE: the first of 50 epochs still weighs 0.95.
class TseEmaPaper final : public LossEstimator {
 public:
  struct Settings {
    double gamma = 0.999;
    EpochMeanOption mean;

    Options options();
  };

  explicit TseEmaPaper(const Settings& settings) : settings_(settings) {}
  std::string spec() const override;
  std::unique_ptr<LossMeter> meter(int steps_per_epoch) const override;

 private:
  Settings settings_;
};

/// TSE-EMA as NASLib has it (`SoTLEMA`, by the paper's first author): the recursion of TseEma, all its values summed.
///
///   s[1] = ell[1],   s[t] = (1 - mu) s[t-1] + mu ell[t],   score = -sum_{t=1..T} s[t],   mu = 0.99
///
/// With mu = 0.99 every s[t] is nearly ell[t], so it ranks nearly as plain TSE.
class TseEmaNaslib final : public LossEstimator {
 public:
  struct Settings {
    double mu = 0.99;
    EpochMeanOption mean;

    Options options();
  };

  explicit TseEmaNaslib(const Settings& settings) : settings_(settings) {}
  std::string spec() const override;
  std::unique_ptr<LossMeter> meter(int steps_per_epoch) const override;

 private:
  Settings settings_;
};

}  // namespace tse
