#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tse/estimate/estimator.h"

namespace tse {

/// Follows one training, a step's loss at a time. The losses that it is fed are finite, or NaN where a table lacks one:
/// then the score must be NaN as long as it depends on that one, as plain arithmetic has it.
class LossMeter {
 public:
  virtual ~LossMeter() = default;

  /// `loss`: mean over the step's mini-batch of `images` images, before the update, nats.
  virtual void feed(double loss, int images) = 0;

  /// The score now, higher is better; NaN while too little was fed.
  virtual double score() const = 0;
};

/// An estimator that needs the training losses only, so that it can follow a training as it runs. The formula is
/// written once, in its meter: the score of a training is the meter's, fed with the training's first steps.
class LossEstimator : public Estimator {
 public:
  using Estimator::score;
  double score(const Record& record, int epochs) const final;
  std::vector<double> scores(const Record& record, int epochs) const final;

  /// For a training of so many steps in each epoch.
  virtual std::unique_ptr<LossMeter> meter(int steps_per_epoch) const = 0;

 private:
  /// Whether it looks at single steps: a record of one value for each epoch then says nothing to it.
  virtual bool needs_steps() const { return false; }

  /// Steps of the epoch after the T-th that the score after T epochs looks at.
  virtual int steps_ahead(int /*steps_per_epoch*/) const { return 0; }
};

/// What makes one number of an epoch's step losses.
enum class EpochMean {
  images,  // every image weighs the same: the smaller last batch counts by its size (NAS-Bench-201's records)
  steps,   // every step weighs the same: ell[t] = (1/B) sum_i ell[t,i], as the paper writes it
};

/// A meter of epoch means: turns steps into ell[t], the mean loss of epoch t. Inside an epoch its score is still that
/// of the epochs completed.
class EpochMeter : public LossMeter {
 public:
  EpochMeter(int steps_per_epoch, EpochMean mean) : steps_per_epoch_(steps_per_epoch), mean_(mean) {}

  void feed(double loss, int images) final;

 private:
  virtual void feed_epoch(double loss) = 0;

  int steps_per_epoch_;
  EpochMean mean_;
  int steps_ = 0;      // of the current epoch
  double sum_ = 0;     // of its weighted losses
  double weight_ = 0;  // of its steps
};

/// The option `mean` of estimators over epoch means.
struct EpochMeanOption {
  std::string mean = "images";

  Option option();
  EpochMean value() const { return mean == "images" ? EpochMean::images : EpochMean::steps; }
};

}  // namespace tse
