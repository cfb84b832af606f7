#include "tse/estimate/tse_e.h"

#include <cmath>
#include <deque>

#include "tse/base/missing.h"

namespace tse {
namespace {

/// The newest values, up to a number of them. Summed anew each time, oldest first: a running sum would drift.
class Window {
 public:
  explicit Window(std::size_t length) : length_(length) {}

  void push(double value) {
    values_.push_back(value);
    if (values_.size() > length_) values_.pop_front();
  }

  double negated_sum() const {
    if (values_.size() < length_) return kMissing;
    double sum = 0;
    for (const double value : values_) sum += value;
    return -sum;
  }

 private:
  std::size_t length_;
  std::deque<double> values_;
};

class WholeEpochs final : public EpochMeter {
 public:
  WholeEpochs(int steps_per_epoch, EpochMean mean, std::size_t length)
      : EpochMeter(steps_per_epoch, mean), window_(length) {}
  double score() const override { return window_.negated_sum(); }

 private:
  void feed_epoch(double loss) override { window_.push(loss); }

  Window window_;
};

class LastSteps final : public LossMeter {
 public:
  explicit LastSteps(std::size_t length) : window_(length) {}
  void feed(double loss, int /*images*/) override { window_.push(loss); }
  double score() const override { return window_.negated_sum(); }

 private:
  Window window_;
};

class FirstSteps final : public LossMeter {
 public:
  FirstSteps(int steps_per_epoch, int length) : steps_per_epoch_(steps_per_epoch), length_(length) {}

  void feed(double loss, int /*images*/) override {
    if (step_ < length_) sum_ += loss;
    if (++step_ == length_) score_ = -sum_;
    if (step_ < steps_per_epoch_) return;
    step_ = 0;
    sum_ = 0;
  }

  double score() const override { return score_; }

 private:
  int steps_per_epoch_;
  int length_;
  int step_ = 0;  // of the current epoch
  double sum_ = 0;
  double score_ = kMissing;
};

/// floor(E B) as E is written: 0.7 of 90 steps is 63, though 0.7 * 90 is a little less in binary.
int first_steps(double fraction, int steps_per_epoch) {
  return static_cast<int>(std::floor(fraction * steps_per_epoch * (1 + 1e-12)));
}

}  // namespace

Options TseE::Settings::options() {
  return {
      {"epochs", &epochs, "the window: so many last epochs, or a fraction of the current one", between(1e-6, 1000000)},
      {"steps", &steps, "the window: so many last steps, in place of epochs", between(0, 1000000000)},
      mean.option(),
  };
}

TseE::TseE(const Settings& settings) : settings_(settings) {
  if (settings_.epochs >= 1 && settings_.epochs != std::floor(settings_.epochs))
    throw UsageError("estimator tse-e", "epochs must be whole, or a fraction below 1; got '{}'", settings_.epochs);
  if (settings_.steps != 0 && settings_.epochs != Settings().epochs)
    throw UsageError("estimator tse-e", "expected epochs or steps; got both");
}

std::string TseE::spec() const { return shortest_text("tse-e", settings_); }

std::unique_ptr<LossMeter> TseE::meter(int steps_per_epoch) const {
  if (settings_.steps > 0) return std::make_unique<LastSteps>(static_cast<std::size_t>(settings_.steps));
  if (settings_.epochs < 1)
    return std::make_unique<FirstSteps>(steps_per_epoch, first_steps(settings_.epochs, steps_per_epoch));
  return std::make_unique<WholeEpochs>(steps_per_epoch, settings_.mean.value(),
                                       static_cast<std::size_t>(settings_.epochs));
}

}  // namespace tse
