#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tse/base/registry.h"
#include "tse/trial/trace.h"

namespace tse {

/// Predicts from the first epochs of a training how good the network will be. Pure: the score depends on the trace and
/// on nothing else. Every one in the registry is held to the contract in tests/estimate/estimator_contract_test.cpp.
class Estimator {
 public:
  virtual ~Estimator() = default;

  /// The shortest string that names this estimator: "tse-e:epochs=2".
  virtual std::string spec() const = 0;

  /// The score after `epochs` epochs (T, from 1), higher is better; it depends on exactly those, save where an
  /// estimator's own header says that it looks at the first steps of the next one.
  /// -infinity where a loss among them is not finite, or the training diverged before it had them: worst of all.
  /// NaN where there is nothing to say: the trace is shorter (not recorded that far, or the training failed), or T is
  /// shorter than what the estimator needs.
  virtual double score(const Trace& trace, int epochs) const = 0;
};

const Registry<std::shared_ptr<const Estimator>>& estimators();

/// The estimator that a string names.
std::shared_ptr<const Estimator> make_estimator(std::string_view text);

}  // namespace tse
