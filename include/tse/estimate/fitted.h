#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/registry.h"
#include "tse/estimate/record.h"

namespace tse {

/// An estimator that learns from some trainings how good the others will be. It needs many at once, so it cannot follow
/// a single one. Every one in the registry is held to the contract in tests/estimate/lcsvr_test.cpp.
class FittedEstimator {
 public:
  virtual ~FittedEstimator() = default;

  /// The shortest string that names this estimator: "lcsvr:train=100".
  virtual std::string spec() const = 0;

  /// One score for each training after `epochs` epochs (T, from 1), higher is better. NaN for those that it learned
  /// from, or that lack what it needs; for all of them where too few have it to learn from. UsageError where there are
  /// fewer trainings than it is to learn from, whatever they have. -infinity for those that diverged within T. Of what
  /// it does not learn from it sees T epochs only, save where its own header says otherwise. The same numbers for any
  /// number of `threads` (0: one per core).
  virtual std::vector<double> scores(std::span<const Record> all, int epochs, int threads) const = 0;
};

const Registry<std::shared_ptr<const FittedEstimator>>& fitted_estimators();

}  // namespace tse
