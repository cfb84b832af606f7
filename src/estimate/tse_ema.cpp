#include "tse/estimate/tse_ema.h"

#include <optional>

#include "tse/base/missing.h"

namespace tse {
namespace {

class Recursion final : public EpochMeter {
 public:
  Recursion(int steps_per_epoch, EpochMean mean, double mu) : EpochMeter(steps_per_epoch, mean), mu_(mu) {}
  double score() const override { return average_ ? -*average_ : kMissing; }

 private:
  void feed_epoch(double loss) override { average_ = average_ ? (1 - mu_) * *average_ + mu_ * loss : loss; }

  double mu_;
  std::optional<double> average_;
};

class Formula final : public EpochMeter {
 public:
  Formula(int steps_per_epoch, EpochMean mean, double gamma) : EpochMeter(steps_per_epoch, mean), gamma_(gamma) {}
  double score() const override { return sum_ ? -*sum_ : kMissing; }

 private:
  void feed_epoch(double loss) override { sum_ = gamma_ * sum_.value_or(0) + loss; }

  double gamma_;
  std::optional<double> sum_;
};

class SummedRecursion final : public EpochMeter {
 public:
  SummedRecursion(int steps_per_epoch, EpochMean mean, double mu) : EpochMeter(steps_per_epoch, mean), mu_(mu) {}
  double score() const override { return average_ ? -sum_ : kMissing; }

 private:
  void feed_epoch(double loss) override {
    average_ = average_ ? (1 - mu_) * *average_ + mu_ * loss : loss;
    sum_ += *average_;
  }

  double mu_;
  std::optional<double> average_;
  double sum_ = 0;
};

}  // namespace

Options TseEma::Settings::options() {
  return {{"mu", &mu, "weight of the newest epoch", between(0, 1)}, mean.option(), abscissa.option()};
}
std::string TseEma::spec() const { return shortest_text("tse-ema", settings_); }
std::unique_ptr<LossMeter> TseEma::meter(int steps_per_epoch) const {
  return std::make_unique<Recursion>(steps_per_epoch, settings_.mean.value(), settings_.mu);
}

Options TseEmaPaper::Settings::options() {
  return {{"gamma", &gamma, "weight that the past keeps with each epoch", between(0, 1)}, mean.option()};
}
std::string TseEmaPaper::spec() const { return shortest_text("tse-ema-paper", settings_); }
std::unique_ptr<LossMeter> TseEmaPaper::meter(int steps_per_epoch) const {
  return std::make_unique<Formula>(steps_per_epoch, settings_.mean.value(), settings_.gamma);
}

Options TseEmaNaslib::Settings::options() {
  return {{"mu", &mu, "weight of the newest epoch", between(0, 1)}, mean.option()};
}
std::string TseEmaNaslib::spec() const { return shortest_text("tse-ema-naslib", settings_); }
std::unique_ptr<LossMeter> TseEmaNaslib::meter(int steps_per_epoch) const {
  return std::make_unique<SummedRecursion>(steps_per_epoch, settings_.mean.value(), settings_.mu);
}

}  // namespace tse
