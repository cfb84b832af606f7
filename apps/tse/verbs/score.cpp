#include "verbs/score.h"

#include <algorithm>

#include "tse/base/error.h"
#include "tse/base/spec.h"
#include "tse/space/space.h"
#include "tse/trial/zero_cost.h"
#include "tse/workflow/archs.h"
#include "tse/workflow/outcomes.h"
#include "tse/workflow/search.h"

namespace tse::cli {
namespace {

/// What TrainingOptions has and scoring needs.
constexpr const char* kShared[] = {"space", "data", "recipe", "seed", "device", "threads", "workers", "study", "reuse"};

std::vector<std::string> score_names(const std::string& list, int batch) {
  std::vector<std::string> names;
  for (const std::string& text : split_names(list, "--estimators")) {
    const std::string name = to_text(make_zero_cost(text, batch));
    if (std::ranges::find(names, name) != names.end()) {
      throw UsageError("--estimators", "'{}' is given twice in '{}'", name, list);
    }
    names.push_back(name);
  }
  return names;
}

}  // namespace

void ScoreVerb::setup(CLI::App& app) {
  app.add_option("--archs", archs, "how many to draw, or a file with one per line, or - for standard input; default 8");
  app.add_option("--estimators", estimators,
                 "zero-cost scores, separated by commas; the first one ranks; default " + estimators);
  app.add_option("--truth", truth, "FILE.csv:COLUMN[:lower], outcomes to correlate the scores with");
  add_options(app, {{"batch", &batch, "images that a score looks at", between(1, 4096)}});
  Options shared = options.options();
  std::erase_if(shared,
                [](const Option& option) { return std::ranges::find(kShared, option.name) == std::end(kShared); });
  add_options(app, shared);
  add_json(app, json);
}

int ScoreVerb::run(Context& context) {
  Plan plan = options.plan(kName, context.command_line);
  plan.engine.path = "reference";  // the one that gives the gradients of images
  plan.estimators = score_names(estimators, batch);
  expect_images(plan.estimators, most_training_images(plan));
  const std::vector<Arch> list = read_archs(archs, *make_space(plan.space), plan.seed);
  if (!truth.empty()) plan.truth = outcomes_of(*make_space(plan.space), list, truth);
  return run_training(plan, list, options,
                      {.workers = options.workers, .lanes = 1, .report = options.report, .json = json});
}

}  // namespace tse::cli
