#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tse/estimate/loss_estimator.h"

namespace tse {

/// Training speed of a training that runs, in anybody's loop: feed it the loss of each step, ask at any moment.
///
///   TrainingSpeed speed({.steps_per_epoch = 98});
///   for (...) { double loss = ...; speed.feed(loss, images_of_the_batch); }
///   speed.score("tse-ema");
///
/// At the end of epoch T every score equals that of the estimator for a trace of T epochs, to the last bit. Inside an
/// epoch, estimators over epoch means still give the value of the epochs completed; those over steps (`tse-e:steps=K`,
/// `train-loss-minibatch`) that of the steps fed; `tse-e` with a fraction that of the newest epoch whose first part is
/// fed whole. One with `abscissa=published` equals, at the end of epoch T, the estimator after T-1 epochs.
/// A feed costs a few nanoseconds per estimator; memory is constant, or the window's length for `tse-e`.
class TrainingSpeed {
 public:
  struct Settings {
    int steps_per_epoch = 0;

    /// What to follow, by name; all names of the registry that need losses only where it is empty.
    std::vector<std::string> estimators = {};
  };

  /// UsageError where there are no steps, or where an estimator is unknown or needs more than losses.
  explicit TrainingSpeed(const Settings& settings);

  /// `loss`: mean over the step's mini-batch, before the update, nats. `images`: size of that mini-batch; leave it at 1
  /// where all are equal. UsageError where it is not positive.
  void feed(double loss, int images = 1);

  /// The score now, higher is better: NaN while too little was fed, -infinity once a loss was not finite. UsageError
  /// where this estimator is not followed.
  double score(std::string_view estimator) const;

  /// The shortest names of what is followed.
  std::vector<std::string> names() const;

  long long steps() const { return steps_; }
  long long epochs() const { return steps_ / steps_per_epoch_; }
  bool diverged() const { return diverged_; }

 private:
  struct Followed {
    std::string spec;
    std::unique_ptr<LossMeter> meter;
  };

  long long steps_per_epoch_;
  std::vector<Followed> followed_;
  long long steps_ = 0;
  bool diverged_ = false;
};

}  // namespace tse
