#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tse/estimate/fitted.h"

namespace tse {

/// LcSVR (Baker et al. 2018, arXiv 1705.10823) as the authors of TSE ran it (rubinxin/TSE, svr_estimator.py): nu-SVR
/// with an RBF kernel from the first T epochs of the validation accuracy to the final one.
///
///   all=true:   x = [AP, HP, VC[1..T], DVC, DDVC, mean(VC[1..T]), std(VC[1..T])]
///   all=false:  x = [AP, HP, mean and std of VC, of DVC, of DDVC]
///
/// AP: parameters and multiply-adds in millions and latency in seconds, the units of NAS-Bench-201's records, as far as
/// the columns `params`, `macs` (or `flops`) and `latency_seconds` are known of every training. HP: learning rate,
/// momentum, weight decay and batch size, constants of the recipe. VC: the validation accuracies; DVC and DDVC: their
/// first and second differences; std: of the population. Nothing is scaled. `train` trainings, drawn at random, are
/// learned from; their target is the final validation accuracy. C, nu and gamma are the best of `draws` random ones by
/// the mean R^2 of a three-fold cross-validation in contiguous folds; then a fit on all.
///
/// The published features leak: DVC and DDVC are cut to T columns, whose last ones need VC[T+1] and VC[T+2].
/// `cut=published` does so; the default has T-1 and T-2 of them. Its rank correlation is over the trainings it did not
/// learn from, fewer than others are measured on.
class Lcsvr final : public FittedEstimator {
 public:
  struct Settings {
    int train = 200;
    int draws = 1000;
    std::uint64_t seed = 0;
    std::string cut = "correct";
    bool all = true;
    std::string split = "valid";

    Options options();
  };

  explicit Lcsvr(const Settings& settings) : settings_(settings) {}
  std::string spec() const override;

  /// UsageError where there are not two trainings more than it is to learn from.
  std::vector<double> scores(std::span<const Record> all, int epochs, int threads) const override;

 private:
  /// `about`: what is known of the architecture; `curve`: at least as long as the cut looks.
  std::vector<double> features(std::vector<double> about, std::span<const double> curve, std::size_t length) const;

  Settings settings_;
};

}  // namespace tse
