#include "tse/estimate/tse.h"

#include <limits>

namespace tse {
namespace {

class Meter final : public EpochMeter {
 public:
  using EpochMeter::EpochMeter;
  double score() const override { return any_ ? -sum_ : std::numeric_limits<double>::quiet_NaN(); }

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
  return std::make_unique<Meter>(steps_per_epoch, settings_.mean.value());
}

}  // namespace tse
