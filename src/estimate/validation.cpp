#include "tse/estimate/validation.h"

#include <algorithm>
#include <cmath>
#include <ranges>
#include <span>

#include "tse/base/missing.h"

namespace tse {
namespace {

std::span<const double> loss_curve_of(const Record& record, const SplitSettings& split) {
  return record.curve(split.valid() ? Metric::valid_loss : Metric::test_loss);
}

double at_epoch(std::span<const double> curve, int epoch) {
  return static_cast<std::size_t>(epoch) <= curve.size() ? curve[static_cast<std::size_t>(epoch) - 1] : kMissing;
}

double newest(std::span<const double> curve) {
  for (const double value : curve | std::views::reverse)
    if (!std::isnan(value)) return value;
  return kMissing;
}

/// A reference line is known, or worst, whatever the budget.
template <class Value>
double at_the_end(const Record& record, int epochs, const Value& value) {
  if (epochs < 1) return kMissing;
  return diverged(record) ? kWorstScore : value();
}

}  // namespace

Options SplitSettings::options() {
  return {{"split", &split, "which images the curve is of", one_of({"valid", "test"})}};
}

std::vector<double> quality_curve(const Record& record, bool valid) {
  const auto accuracy = record.curve(valid ? Metric::valid_accuracy : Metric::test_accuracy);
  std::vector<double> curve(accuracy.begin(), accuracy.end());
  if (!curve.empty()) return curve;
  for (const double error : record.curve(valid ? Metric::valid_error : Metric::test_error)) curve.push_back(-error);
  return curve;
}

std::string ValidLossSum::spec() const { return shortest_text("valid-loss-sum", settings_); }

double ValidLossSum::score(const Record& record, int epochs) const {
  return epochs < 1 ? kMissing : scores(record, epochs).back();
}

std::vector<double> ValidLossSum::scores(const Record& record, int epochs) const {
  const auto curve = loss_curve_of(record, settings_);
  const std::size_t healthy = healthy_steps(record);
  std::vector<double> list;
  double sum = 0;
  for (int t = 1; t <= epochs; ++t) {
    sum += at_epoch(curve, t);
    list.push_back(diverged_within(record, healthy, t) ? kWorstScore : -sum);
  }
  return list;
}

std::string ValidLoss::spec() const { return shortest_text("valid-loss", settings_); }

double ValidLoss::score(const Record& record, int epochs) const {
  return epochs < 1 ? kMissing : scores(record, epochs).back();
}

std::vector<double> ValidLoss::scores(const Record& record, int epochs) const {
  const auto curve = loss_curve_of(record, settings_);
  const std::size_t healthy = healthy_steps(record);
  std::vector<double> list;
  for (int t = 1; t <= epochs; ++t)
    list.push_back(diverged_within(record, healthy, t) ? kWorstScore : -at_epoch(curve, t));
  return list;
}

Options ValidAccuracy::Settings::options() {
  Options all = SplitSettings::options();
  all.push_back(abscissa.option());
  return all;
}

std::string ValidAccuracy::spec() const { return shortest_text("valid-accuracy", settings_); }

double ValidAccuracy::score(const Record& record, int epochs) const {
  return epochs < 1 ? kMissing : scores(record, epochs).back();
}

std::vector<double> ValidAccuracy::scores(const Record& record, int epochs) const {
  const auto curve = quality_curve(record, settings_.valid());
  const std::size_t healthy = healthy_steps(record);
  std::vector<double> list;
  const int ahead = settings_.abscissa.epochs_ahead();
  for (int t = 1 + ahead; t <= epochs + ahead; ++t)
    list.push_back(diverged_within(record, healthy, t) ? kWorstScore : at_epoch(curve, t));
  return list;
}

std::string ValidAccuracyFinal::spec() const { return shortest_text("valid-accuracy-final", settings_); }

double ValidAccuracyFinal::score(const Record& record, int epochs) const {
  return at_the_end(record, epochs, [&] { return newest(quality_curve(record, settings_.valid())); });
}

std::string ValidLossFinal::spec() const { return shortest_text("valid-loss-final", settings_); }

double ValidLossFinal::score(const Record& record, int epochs) const {
  return at_the_end(record, epochs, [&] { return -newest(loss_curve_of(record, settings_)); });
}

}  // namespace tse
