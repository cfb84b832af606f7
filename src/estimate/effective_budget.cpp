#include "tse/estimate/effective_budget.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tse/base/random.h"

namespace tse {
namespace {

/// ell[t] by epoch, whatever the record has: the curve of an own training, or what stands in for the loss.
std::span<const double> epoch_means(const Record& record) {
  return record.gaps ? record.step_loss : record.curve(Metric::train_loss);
}

bool reaches(std::span<const double> curve, int end) {
  return end > 0 && static_cast<int>(curve.size()) >= end && !std::isnan(curve[static_cast<std::size_t>(end) - 1]);
}

/// Whether what the criterion looks at was recorded to the end, so that "no sign" means something.
bool recorded_to(const Record& record, int end, const OverfitCriterion& criterion) {
  return reaches(epoch_means(record), end) ||
         (criterion.valid_rises > 0 && reaches(record.curve(Metric::valid_loss), end)) ||
         (criterion.train_accuracy > 0 && reaches(record.curve(Metric::train_accuracy), end));
}

}  // namespace

Options OverfitCriterion::options() {
  return {
      {"below", &below, "over-fitted is a training whose mean loss of an epoch is below this", at_least(0)},
      {"valid_rises", &valid_rises, "or whose validation loss has risen for so many epochs in a row; 0 is off",
       between(0, 1000000)},
      {"train_accuracy", &train_accuracy, "or whose training accuracy is at least this; 0 is off", at_least(0)},
  };
}

int overfit_epoch(const Record& record, const OverfitCriterion& criterion) {
  const auto losses = epoch_means(record);
  const auto valid = record.curve(Metric::valid_loss);
  const auto accuracy = record.curve(Metric::train_accuracy);
  const std::size_t last = std::max({losses.size(), valid.size(), accuracy.size()});
  int rises = 0;
  for (std::size_t t = 0; t < last; ++t) {
    rises = t > 0 && t < valid.size() && valid[t] > valid[t - 1] ? rises + 1 : 0;
    const bool low = t < losses.size() && std::isfinite(losses[t]) && losses[t] < criterion.below;
    const bool rising = criterion.valid_rises > 0 && rises >= criterion.valid_rises;
    const bool learned = criterion.train_accuracy > 0 && t < accuracy.size() && accuracy[t] >= criterion.train_accuracy;
    if (low || rising || learned) return static_cast<int>(t) + 1;
  }
  return 0;
}

EffectiveBudget effective_budget(const Runs& runs, const OverfitCriterion& criterion, const SampleSettings& samples) {
  EffectiveBudget budget{.end = runs.epochs(), .schedule_end = runs.schedule_epochs, .criterion = criterion};
  budget.first_overfit = budget.end;
  const auto nothing = [&](const Record& record) {
    return std::ranges::all_of(epoch_means(record), [](double loss) { return std::isnan(loss); }) &&
           (criterion.valid_rises == 0 || record.curve(Metric::valid_loss).empty()) &&
           (criterion.train_accuracy == 0 || record.curve(Metric::train_accuracy).empty());
  };
  if (runs.size() > 0 && std::ranges::all_of(runs.records(), nothing)) {
    throw UsageError(runs.study,
                     "expected training losses to find the effective budget by; none were recorded (tse budget takes "
                     "other curves: --curve)");
  }
  std::vector<int> found;  // T_o[i]
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Record& record = runs.records()[i];
    const int hit = overfit_epoch(record, criterion);
    const bool diverged = record.status == TraceStatus::diverged || healthy_steps(record) < record.step_loss.size();
    if (hit == 0 && !diverged && !recorded_to(record, budget.end, criterion)) {
      ++budget.left_out;
      continue;
    }
    found.push_back(hit == 0 ? budget.end : hit);
    budget.overfitted += hit != 0;
    if (hit == 0 || (!budget.first.empty() && hit >= budget.first_overfit)) continue;
    budget.first_overfit = hit;
    budget.first = runs.archs()[i];
  }
  budget.trainings = static_cast<int>(found.size());
  if (found.empty()) return budget;
  budget.effective = std::max(1, budget.first_overfit * 9 / 10);
  for (const int size : samples.sizes) {
    if (size >= budget.trainings) continue;
    EffectiveBudget::Sample sample{.trainings = size, .mean = 0, .least = budget.end, .most = 0};
    for (int draw = 0; draw < samples.draws; ++draw) {
      Stream random(derive_seed(samples.seed, "effective budget", static_cast<std::uint64_t>(draw)));
      std::vector<int> shuffled = found;
      random.shuffle(std::span(shuffled));
      const int least = *std::min_element(shuffled.begin(), shuffled.begin() + size);
      sample.mean += static_cast<double>(least) / samples.draws;
      sample.least = std::min(sample.least, least);
      sample.most = std::max(sample.most, least);
    }
    budget.samples.push_back(sample);
  }
  return budget;
}

}  // namespace tse
