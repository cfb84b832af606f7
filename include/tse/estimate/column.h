#pragma once

#include <string>

#include "tse/estimate/estimator.h"

namespace tse {

/// A static score: a named number of the training that needs no epoch of it, and is the same for every T. Parameters
/// and multiply-adds are the baselines that papers on estimators often leave out; zero-cost scores and recorded columns
/// are others. NaN where it is not known. A training that diverged keeps it: nothing of the training is looked at. Save
/// that a column which is named as a metric (`test_loss`) is what was measured last: that sees the end.
class Column final : public Estimator {
 public:
  struct Settings {
    std::string name;
    bool lower = false;

    Options options();
  };

  /// UsageError where there is no name.
  explicit Column(const Settings& settings);
  using Estimator::score;
  std::string spec() const override;
  double score(const Record& record, int epochs) const override;
  bool sees_the_end() const override;

 private:
  Settings settings_;
};

}  // namespace tse
