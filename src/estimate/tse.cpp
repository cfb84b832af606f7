#include "tse/estimate/tse.h"

#include "tse/base/missing.h"

namespace tse {
namespace {

class SumMeter final : public EpochMeter {
 public:
  using EpochMeter::EpochMeter;
  double score() const override { return any_ ? -sum_ : kMissing; }

 private:
  void feed_epoch(double loss) override {
    sum_ += loss;
    any_ = true;
  }

  double sum_ = 0;
  bool any_ = false;
};

}  // namespace

std::string Tse::spec() const { return shortest_text("tse", settings_); }

std::unique_ptr<LossMeter> Tse::meter(int steps_per_epoch) const {
  return std::make_unique<SumMeter>(steps_per_epoch, settings_.mean.value());
}

}  // namespace tse
