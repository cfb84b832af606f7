#include "verbs/rank.h"

#include <fmt/format.h>

#include <algorithm>

#include "tse/base/error.h"
#include "tse/trial/zero_cost.h"
#include "tse/workflow/archs.h"
#include "tse/workflow/outcomes.h"
#include "tse/workflow/rankers.h"
#include "tse/workflow/search.h"

namespace tse::cli {
namespace {

/// Scores that are always shown beside the one that ranks.
constexpr const char* kAlways[] = {"tse-ema", "tse", "tse-e"};

std::vector<std::string> with_the_family(const std::vector<std::string>& asked) {
  std::vector<std::string> list;
  for (const std::string& text : asked) {
    list.push_back(ranker_name(text));
    if (std::ranges::count(list, list.back()) > 1)
      throw UsageError("--estimator", "expected each once; got {} again", text);
  }
  for (const char* name : kAlways) {
    if (std::ranges::find(list, name) == list.end()) list.emplace_back(name);
  }
  return list;
}

}  // namespace

void RankVerb::setup(CLI::App& app) {
  training.engine.device = "auto";
  app.add_option("--archs", archs, "how many to draw, or a file with one per line, or - for standard input; default 8");
  app.add_option("--estimator", estimators, "what to rank by; may be given again for further scores; default tse-ema")
      ->take_all();
  app.add_option("--truth", truth, "FILE.csv:COLUMN[:lower], outcomes to correlate the scores with");
  add_options(app, {{"race", &race,
                     "end trainings that can be none of the best so many any more, which changes nothing of those; 0 "
                     "is off",
                     between(0, 1000000)}});
  add_options(app, training.options());
  add_json(app, json);
}

int RankVerb::run(Context& context) {
  Plan plan = training.plan(kName, context.command_line);
  expect_held_out_images(plan);
  plan.estimators = with_the_family(estimators);
  plan.scores = scores_needed(plan.estimators);
  expect_given(plan, estimators, "--estimator");
  expect_images(plan.scores, most_training_images(plan));
  const std::vector<Arch> list = read_archs(archs, *make_space(plan.space), plan.seed);
  if (!truth.empty()) plan.truth = outcomes_of(*make_space(plan.space), list, truth);
  if (race > 0) {
    if (!training.reuse.empty()) throw UsageError("--reuse", "expected none with --race, whose trials end early");
    plan.search = SearchPlan{.algo = "listed",
                             .budget = fmt::format("{}trials", list.size()),
                             .objectives = {plan.estimators.front()},
                             .reuse = false,
                             .race = race};
    for (const Arch& arch : list) plan.search->archs.push_back(arch.text);
    expect_searchable(plan);
    return run_training(
        plan, {}, training,
        {.workers = training.workers, .lanes = training.lanes, .report = training.report, .json = json});
  }
  return run_training(plan, list, training,
                      {.workers = training.workers, .lanes = training.lanes, .report = training.report, .json = json});
}

}  // namespace tse::cli
