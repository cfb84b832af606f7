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

/// Epochs for which anything that the criterion looks at was recorded.
int epochs_of(const Record& record, const OverfitCriterion& criterion) {
  std::size_t epochs = known_part(epoch_means(record)).size();
  if (criterion.valid_rises > 0) epochs = std::max(epochs, known_part(record.curve(Metric::valid_loss)).size());
  if (criterion.train_accuracy > 0) epochs = std::max(epochs, known_part(record.curve(Metric::train_accuracy)).size());
  return static_cast<int>(epochs);
}

}  // namespace

Options OverfitCriterion::options() {
  return {
      {"below", &below, "over-fitted is a training whose mean loss of an epoch is below this", at_least(0)},
      {"valid_rises", &valid_rises, "or whose validation loss has risen for so many epochs in a row; 0 is off",
       between(0, 1000000)},
      {"train_accuracy", &train_accuracy, "or whose training accuracy is at least this, in its own unit; 0 is off",
       at_least(0)},
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
  EffectiveBudget budget{.schedule_end = runs.schedule_epochs(), .criterion = criterion};
  for (const Record& record : runs.records()) budget.end = std::max(budget.end, epochs_of(record, criterion));
  budget.first_overfit = budget.end;
  const auto lacks = [&](Metric metric) { return runs.size() > 0 && !runs.has(metric); };
  if (criterion.valid_rises > 0 && lacks(Metric::valid_loss))
    throw UsageError(runs.study, "expected validation losses, which valid_rises looks at; none were recorded");
  if (criterion.train_accuracy > 0 && lacks(Metric::train_accuracy))
    throw UsageError(runs.study, "expected training accuracies, which train_accuracy looks at; none were recorded");
  if (runs.size() > 0 && budget.end == 0) {
    throw UsageError(runs.study,
                     "expected training losses to find the effective budget by; none were recorded (tse budget takes "
                     "training errors by --curve, training accuracies by --train-accuracy)");
  }
  std::vector<int> found;  // T_o[i]
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Record& record = runs.records()[i];
    const int hit = overfit_epoch(record, criterion);
    if (hit == 0 && !diverged(record) && epochs_of(record, criterion) < budget.end) {
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
