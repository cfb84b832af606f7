#include "tse/estimate/train_loss_minibatch.h"

#include "tse/base/missing.h"

namespace tse {
namespace {

class MinibatchMeter final : public LossMeter {
 public:
  MinibatchMeter(int steps_per_epoch, int wanted) : steps_per_epoch_(steps_per_epoch), wanted_(wanted) {}

  void feed(double loss, int /*images*/) override {
    ++step_;
    if (wanted_ == 0 || step_ == wanted_) score_ = -loss;
    if (step_ == steps_per_epoch_) step_ = 0;
  }

  double score() const override { return score_; }

 private:
  int steps_per_epoch_;
  int wanted_;
  int step_ = 0;  // of the current epoch, from 1
  double score_ = kMissing;
};

}  // namespace

Options TrainLossMinibatch::Settings::options() {
  return {{"step", &step, "which step of the epoch, from 1; 0 is the last", between(0, 1000000000)}};
}

std::string TrainLossMinibatch::spec() const { return shortest_text("train-loss-minibatch", settings_); }

std::unique_ptr<LossMeter> TrainLossMinibatch::meter(int steps_per_epoch) const {
  return std::make_unique<MinibatchMeter>(steps_per_epoch, settings_.step);
}

}  // namespace tse
