#include "verbs/budget.h"

#include <iostream>

#include "tse/base/error.h"
#include "tse/report/budget.h"
#include "tse/study/runs.h"

namespace tse::cli {

void BudgetVerb::setup(CLI::App& app) {
  app.add_option("study", study, "file of the study")->required();
  add_options(app, criterion.options());
  app.add_option("--curve", curve, "the metric in the place of the training loss, as train_error; mind --below");
  add_options(app, {{"seed", &seed, "of the random samples of trainings", {}}});
  add_json(app, json);
}

int BudgetVerb::run(Context& /*context*/) {
  Runs runs = read_runs(study);
  if (!curve.empty()) {
    const Metric metric = metric_named(curve, "--curve");
    if (!is_lower_better(metric)) throw UsageError("--curve", "expected a loss or an error; got '{}'", curve);
    runs = runs.with_curve(metric);
  }
  const EffectiveBudget budget = effective_budget(runs, criterion, {.seed = seed});
  if (!json) {
    if (!curve.empty()) std::cout << "In the place of the training loss: " << curve << ".\n";
    std::cout << to_text(budget, curve.empty() ? "training loss" : curve);
    return kExitDone;
  }
  Json object = {
      {"study", study}, {"curve", curve.empty() ? "train_loss" : curve}, {"criterion", to_json(criterion.options())}};
  const Json found = to_json(budget);
  for (const auto& item : found.items()) object[item.key()] = item.value();
  print_json(object);
  return kExitDone;
}

}  // namespace tse::cli
