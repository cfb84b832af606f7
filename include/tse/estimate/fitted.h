#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tse/base/registry.h"
#include "tse/estimate/record.h"

namespace tse {

/// An estimator that looks at many trainings at once, so it cannot follow a single one: to learn from some how good the
/// others will be, or to weigh what it knows of each on their common scale. Every one in the registry is held to the
/// contract in tests/estimate/fitted_contract_test.cpp.
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

  /// Whether it learns from the ends of some trainings, and so says nothing of those.
  virtual bool learns() const { return true; }

  /// The columns without which it says nothing.
  virtual std::vector<std::string> columns() const { return {}; }
};

const Registry<std::shared_ptr<const FittedEstimator>>& fitted_estimators();

}  // namespace tse
