#include "tse/report/budget.h"

#include <fmt/format.h>

#include "tse/base/table.h"
#include "tse/report/escape.h"
#include "tse/report/units.h"

namespace tse {
namespace {

using Align = TextTable::Align;

std::string criterion_text(const OverfitCriterion& criterion, std::string_view loss) {
  std::string text = fmt::format("mean {} of an epoch below {}", loss, criterion.below);
  if (criterion.valid_rises > 0)
    text += fmt::format(", {} rises in a row of the validation loss", criterion.valid_rises);
  if (criterion.train_accuracy > 0) text += fmt::format(", training accuracy of {}", criterion.train_accuracy);
  return text;
}

/// Rounded so as to be read: an estimate of a mean of epochs.
std::string epochs_text(double epochs) { return fmt::format("{:.1f}", epochs); }

}  // namespace

std::string to_text(const EffectiveBudget& budget, std::string_view loss) {
  if (budget.trainings == 0)
    return fmt::format("No training was recorded to its end ({} left out): no effective budget.\n", budget.left_out);
  std::string text = fmt::format("{} of up to {}", plural(budget.trainings, "training"), plural(budget.end, "epoch"));
  if (budget.end < budget.schedule_end) text += fmt::format(" of {}", budget.schedule_end);
  if (budget.left_out > 0) text += fmt::format(" ({} left out, recorded for less)", budget.left_out);
  if (budget.overfitted == 0) {
    text += fmt::format("; none has a sign of over-fitting ({}).\n", criterion_text(budget.criterion, loss));
  } else {
    text += fmt::format("; {} over-fitted ({}), the first after {}: {}\n", budget.overfitted,
                        criterion_text(budget.criterion, loss), plural(budget.first_overfit, "epoch"),
                        clean_text(budget.first));
  }
  if (!budget.known()) {
    return text + fmt::format(
                      "Effective budget: {} (0.9 of {}) or more. How much more, trainings to the end of the "
                      "schedule would tell.\n",
                      plural(budget.effective, "epoch"), budget.first_overfit);
  }
  text += fmt::format("Effective budget: {} (0.9 of {}).\n", plural(budget.effective, "epoch"), budget.first_overfit);
  if (budget.effective < budget.end) {
    text += fmt::format(
        "Rank by tse-ema or tse-e up to {}. With more, stop scoring at {}, or rank by validation accuracy where there "
        "is one.\n",
        plural(budget.effective, "epoch"), budget.effective);
  }
  if (budget.samples.empty() || budget.overfitted == 0) return text;
  text += fmt::format(
      "\nThe first sign comes earlier the more trainings are looked at (random samples; one without any sign counts as "
      "{}):\n\n",
      budget.end);
  TextTable table({{"trainings", Align::right},
                   {"first sign, mean", Align::right},
                   {"least", Align::right},
                   {"most", Align::right}});
  for (const EffectiveBudget::Sample& sample : budget.samples) {
    table.add({fmt::format("{}", sample.trainings), epochs_text(sample.mean), fmt::format("{}", sample.least),
               fmt::format("{}", sample.most)});
  }
  return text + table.text();
}

Json to_json(const EffectiveBudget& budget) {
  Json samples = Json::array();
  for (const EffectiveBudget::Sample& sample : budget.samples) {
    samples.push_back({{"trainings", sample.trainings},
                       {"first_overfit_mean", sample.mean},
                       {"first_overfit_least", sample.least},
                       {"first_overfit_most", sample.most}});
  }
  return {{"effective", budget.effective},
          {"first_overfit", budget.first_overfit},
          {"known", budget.known()},
          {"recorded_epochs", budget.end},
          {"schedule_end", budget.schedule_end},
          {"trainings", budget.trainings},
          {"overfitted", budget.overfitted},
          {"left_out", budget.left_out},
          {"first_arch", budget.first.empty() ? Json(nullptr) : Json(budget.first)},
          {"samples", std::move(samples)}};
}

}  // namespace tse
