#pragma once

#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/option.h"
#include "tse/base/registry.h"
#include "tse/estimate/record.h"

namespace tse {

/// The score of a training that diverged: -infinity, below every other.
inline constexpr double kWorstScore = -std::numeric_limits<double>::infinity();

/// Predicts from the first epochs of a training how good the network will be, or from what is known of it without any.
/// Pure: the score depends on the record and on nothing else. Every one in the registry is held to the contract in
/// tests/estimate/estimator_contract_test.cpp. What learns from other trainings is a FittedEstimator (fitted.h).
class Estimator {
 public:
  virtual ~Estimator() = default;

  /// The shortest string that names this estimator: "tse-e:epochs=2".
  virtual std::string spec() const = 0;

  /// The score after `epochs` epochs (T, from 1), higher is better; it depends on exactly those, save where an
  /// estimator's own header says what else it looks at.
  /// kWorstScore where a loss among them is not finite, or the training diverged before it had them.
  /// NaN where there is nothing to say: what it needs was not recorded, or the training failed, or T is shorter than
  /// what the estimator needs.
  virtual double score(const Record& record, int epochs) const = 0;

  /// score(record, T) for T = 1 .. epochs, at entry T-1; in one pass where that is cheaper.
  virtual std::vector<double> scores(const Record& record, int epochs) const;

  double score(const Trace& trace, int epochs) const;

  /// Whether it looks at the end of the training, whatever T is: no estimator then, but a line to compare with.
  virtual bool sees_the_end() const { return false; }
};

/// The option `abscissa` of those that the authors' plots (rubinxin/TSE, rank_correlation_comparison.py) give one epoch
/// more than the others at the same T: `published` does so too, to the letter of those plots; the default does not.
struct AbscissaOption {
  std::string abscissa = "exact";

  Option option();
  int epochs_ahead() const { return abscissa == "published" ? 1 : 0; }
};

const Registry<std::shared_ptr<const Estimator>>& estimators();

/// The estimator that a string names.
std::shared_ptr<const Estimator> make_estimator(std::string_view text);

}  // namespace tse
