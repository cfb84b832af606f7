#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tse/estimate/column.h"
#include "tse/estimate/fitted.h"

namespace tse {

/// Training speed with a score that needs no training, by how much of the training was seen. On its own the latter
/// leads for the first few epochs, and training speed afterwards; together they are ahead of both.
///
///   score = (1 - s) z(speed) + s z(static)
///   s     = (1 - w) u
///   w     = T / (T + 10 (1 - T/T_end)), the weight of training speed;  T / (T + 10) where T_end is not known
///   u     = 9 / (9 + exp(-n e (c - e/2))),  e = 3/4 sqrt(w)
///
/// z: normal scores among the n trainings that have both halves; c: their correlation. u is what is left of the trust
/// in the static half once one has seen how it agrees with training speed: the probability that it is of use, given c,
/// if that was 9 to 1 before, and c is normal with deviation 1/sqrt(n) around e where it is and around 0 where it is
/// not. No outcome is looked at. Our own rule; docs/results/blend.md says what its 10 was chosen on, and how it does.
///
/// NaN for a training without either half; it stands aside. -infinity for one that diverged within T.
class Blend final : public FittedEstimator {
 public:
  struct Settings {
    std::string speed = "tse-ema";
    std::string still = "synflow";
    std::string weight = "auto";

    Options options();
  };

  /// What is blended, of one training, higher is better.
  struct Halves {
    double speed = 0;
    double still = 0;
  };

  /// UsageError where the weight is neither `auto` nor a number in [0, 1], or an estimator is unknown.
  explicit Blend(const Settings& settings);
  std::string spec() const override;
  std::vector<double> scores(std::span<const Record> all, int epochs, int threads) const override;
  bool learns() const override { return false; }
  std::vector<std::string> columns() const override { return {settings_.still}; }

  /// Rounded for ranking; NaN where one is not known.
  Halves halves(const Record& record, int epochs) const;

  /// s, for halves that correlate as `agreement` over `n` trainings; NaN is no correlation, as where one half is the
  /// same for all. `schedule_epochs`: T_end, 0 where it is not known.
  double static_share(int epochs, int schedule_epochs, std::size_t n, double agreement) const;

 private:
  Settings settings_;
  std::optional<double> weight_;  // of training speed, where it was given
  std::shared_ptr<const Estimator> speed_;
  Column still_;
};

/// As the registry makes it.
Blend make_blend(const Spec& spec);

/// The correlation of two halves over trainings by their normal scores; NaN where one is the same for all.
double agreement_of(std::span<const double> normal_speed, std::span<const double> normal_still);

}  // namespace tse
