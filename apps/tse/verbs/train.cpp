#include "verbs/train.h"

#include <algorithm>

#include "tse/space/space.h"

namespace tse::cli {

TrainVerb::TrainVerb() {
  training.budget.epochs = 0;  // to the end of the schedule
  training.budget.valid_every = 1;
  training.budget.test_at_end = true;
  training.budget.keep_weights = true;
}

void TrainVerb::setup(CLI::App& app) {
  training.engine.device = "auto";
  app.add_option("--arch", arch, "the architecture")->required();
  Options options = training.options();
  const auto epochs = std::ranges::find(options, "epochs", &Option::name);
  epochs->help = "how long to train, epochs, 0 is to the end of the schedule";
  epochs->rule.least = 0;
  add_options(app, options);
  add_json(app, json);
}

int TrainVerb::run(Context& context) {
  TrainingOptions options = training;
  // one number says how long: the schedule ends where the training does, unless both are given
  if (options.budget.epochs == 0) {
    options.budget.epochs =
        options.schedule_epochs > 0 ? options.schedule_epochs : parse_recipe(options.recipe).schedule_epochs;
  } else if (options.schedule_epochs == 0) {
    options.schedule_epochs = options.budget.epochs;
  }
  Plan plan = options.plan(kName, context.command_line);
  if (!holds_out_images(plan)) plan.budget.valid_every = 0;
  plan.estimators = {"tse-ema", "tse", "tse-e"};
  const Arch parsed = make_space(plan.space)->parse(arch);
  return run_training(plan, {parsed}, options, {.workers = 1, .lanes = 1, .report = options.report, .json = json});
}

}  // namespace tse::cli
