#include "verbs/differentiate.h"

#include <algorithm>
#include <iterator>

#include "training.h"
#include "tse/base/error.h"
#include "tse/base/spec.h"
#include "tse/space/space.h"
#include "tse/trial/relaxation.h"
#include "tse/workflow/differentiate.h"
#include "tse/workflow/outcomes.h"

namespace tse::cli {

DifferentiateVerb::DifferentiateVerb() {
  training.recipe = "";
  training.budget.epochs = 50;
}

void DifferentiateVerb::setup(CLI::App& app) {
  app.add_option("--method", methods,
                 "darts, darts-tse, drnas or drnas-tse of `tse list`, options behind a colon; may be given again; "
                 "default darts, darts-tse")
      ->take_all();
  app.add_option("--truth", truth,
                 "FILE.csv:COLUMN[:lower], outcomes of trainings from scratch of what is found after every epoch");
  add_options(app, {{"seeds", &seeds, "searches by each method, each of a seed of its own", between(1, 1000)}});
  Options shared =
      without(training.options(), {"reuse", "valid_every", "test_every", "test_at_end", "keep_weights", "step_losses"});
  for (Option& option : shared) {
    if (option.name == "schedule_epochs")
      option.help = "horizon of the learning-rate schedule, 0 is that of the search";
    if (option.name == "recipe")
      option.help =
          "how to train the mixture's weights: a name of `tse list`, its options behind a colon; without it "
          "as published with each method";
  }
  add_options(app, shared);
  add_json(app, json);
}

int DifferentiateVerb::run(Context& context) {
  const std::string given = training.recipe;
  DifferentiatePlan differentiate{.methods = {}, .recipes = {}, .seeds = seeds};
  for (const std::string& text : methods) {
    const std::string method = relaxation_spec(text);
    if (std::ranges::find(differentiate.methods, method) != differentiate.methods.end())
      throw UsageError("--method", "'{}' is given twice", method);
    TrainingOptions mine = training;
    mine.recipe = given.empty() ? relaxation_entry(method).recipe : given;
    // the schedule ends with the search, where nothing else is said
    const Spec recipe = parse_spec(mine.recipe, "--recipe");
    const bool scheduled = mine.schedule_epochs > 0 || std::ranges::any_of(recipe.options, [](const auto& option) {
                             return option.first == "schedule_epochs";
                           });
    if (!scheduled) mine.schedule_epochs = mine.budget.epochs;
    differentiate.methods.push_back(method);
    differentiate.recipes.push_back(mine.plan(kName, context.command_line).recipe);
  }
  training.recipe = differentiate.recipes.front();
  Plan plan = training.plan(kName, context.command_line);
  if (!truth.empty()) plan.truth = outcomes_of_space(*make_space(plan.space), truth);
  plan.differentiate = std::move(differentiate);
  expect_differentiable(plan);
  return run_training(plan, {}, training,
                      {.workers = training.workers, .lanes = training.lanes, .report = training.report, .json = json});
}

}  // namespace tse::cli
