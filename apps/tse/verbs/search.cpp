#include "verbs/search.h"

#include <algorithm>
#include <set>

#include "training.h"
#include "tse/base/error.h"
#include "tse/data/data.h"
#include "tse/report/page_file.h"
#include "tse/search/budget.h"
#include "tse/search/searcher.h"
#include "tse/trial/zero_cost.h"
#include "tse/workflow/draw.h"
#include "tse/workflow/objectives.h"
#include "tse/workflow/one_shot.h"
#include "tse/workflow/rankers.h"
#include "tse/workflow/replay_search.h"
#include "tse/workflow/search.h"

namespace tse::cli {

SearchVerb::SearchVerb() {
  training.budget.epochs = 5;  // of fewer, training speed says little
}

void SearchVerb::setup(CLI::App& app) {
  training.engine.device = "auto";
  app_ = &app;
  app.add_option("--algo", algos,
                 "how to search: a name of `tse list`, its options behind a colon; default evolution; several are "
                 "compared by --replay")
      ->expected(1)
      ->take_all();
  app.add_option("--budget", budget,
                 "how far to go, as 200trials, 4000epochs (of training, all together), 30min or 2h; default 50trials");
  app.add_option("--objective", objectives,
                 "what to search by: an estimator, or params and other numbers of --require, of which less is better; "
                 "several, as tse-ema,params, give a Pareto front; default tse-ema")
      ->expected(1)
      ->take_all();
  app.add_option(
      "--replay", replay,
      "a study, of ours or imported, whose recorded trainings stand in for new ones; random search is always "
      "compared. Objectives may then also be `outcome` and columns, and say their epochs, as tse-ema@10");
  app.add_option("--compare", compare, "with --replay, another objective for the same searches; may be given again")
      ->expected(1)
      ->take_all();
  app.add_option("--scores", scores, "with --replay, studies of tse score whose zero-cost scores to know too")
      ->expected(1)
      ->take_all();
  app.add_option("--outcome", outcome, "with --replay, COLUMN[:lower] that the found ones are measured by");
  app.add_option("--require", require,
                 "what must hold for a network, as 'params<1e6 && macs<60e6'; also convolutions, depth, activations");
  app.add_option("--supernet", supernet,
                 "a super-network that tse oneshot trained, whose weights the trials inherit: each is trained for "
                 "--epochs, default 1, times --batches mini-batches instead of from scratch");
  app.add_option(
      "--draw", draw,
      "train only the best of several that are drawn (by evolution: of the children), by a zero-cost score or "
      "a number of --require, as synflow:of=10");
  add_options(app,
              {{"duplicates", &duplicates,
                "architectures isomorphic to one that was trained: reuse its result, or train them too",
                one_of({"reuse", "train"})},
               {"window", &window, "trial n is proposed from the results of trials up to n - window", between(1, 1024)},
               {"final_epochs", &final_epochs,
                "then train the winner, and the largest network tried, so long to the end of a schedule, and test "
                "them; 0 is off",
                between(0, 1000000)},
               {"race", &race,
                "end trainings that can be none of the best so many any more, which changes nothing of those; 0 is off",
                between(0, 1000000)},
               {"halving", &halving,
                "successive halving: of those that got as far, one in so many goes on after --first-rung epochs, so "
                "many times that, and so on; 0 is off",
                between(0, 1000)},
               {"first_rung", &first_rung, "of --halving, epochs", between(1, 1000000)},
               {"batches", &batches, "with --supernet, mini-batches that count as an epoch", between(1, 1000000)},
               {"repeats", &repeats, "with --replay, searches by each way, each of another seed", between(1, 100000)}});
  add_options(app, without(training.options(), {"reuse", "step_losses"}));
  add_json(app, json);
}

int SearchVerb::run_replay() const {
  std::vector<std::string> useless = {"--final-epochs", "--duplicates", "--race", "--draw", "--supernet", "--batches"};
  const std::set<std::string> used = {"--space", "--epochs", "--workers", "--seed", "--report"};
  TrainingOptions known = training;
  for (const Option& option : without(known.options(), {"reuse", "step_losses"})) {
    if (const std::string flag = flag_of(option.name); !used.contains(flag)) useless.push_back(flag);
  }
  for (const std::string& name : useless) {
    if (app_->get_option(name)->count() > 0)
      throw UsageError(name, "expected none with --replay, which trains nothing");
  }
  if (!training.report.empty()) expect_own_page(page_in(training.report));
  const auto given = [&](const char* name) { return app_->get_option(name)->count() > 0; };
  const SearchView view = replay_view({.study = replay,
                                       .scores = scores,
                                       .space = given("--space") ? training.space : "",
                                       .algos = algos,
                                       .objectives = objectives,
                                       .compare = compare,
                                       .outcome = outcome,
                                       .require = require,
                                       .budget = parse_search_budget(budget, "--budget"),
                                       .epochs = given("--epochs") ? training.budget.epochs : 0,
                                       .window = given("--window") ? window : 1,
                                       .workers = std::max(training.workers, 1),
                                       .repeats = repeats,
                                       .seed = training.seed,
                                       .halving = halving,
                                       .first_rung = first_rung});
  present_search(view, {.report = training.report, .json = json});
  return kExitDone;
}

int SearchVerb::run(Context& context) {
  if (halving == 0 && app_->get_option("--first-rung")->count() > 0)
    throw UsageError("--first-rung", "expected --halving beside it");
  if (halving == 1) throw UsageError("--halving", "expected 0, or 2 and more; got 1");
  if (!replay.empty()) return run_replay();
  for (const char* name : {"--compare", "--outcome", "--repeats", "--scores"}) {
    if (app_->get_option(name)->count() > 0) throw UsageError(name, "expected --replay STUDY beside it");
  }
  if (algos.size() != 1) throw UsageError("--algo", "expected one; got {}: --replay compares several", algos.size());
  if (supernet.empty() && app_->get_option("--batches")->count() > 0)
    throw UsageError("--batches", "expected --supernet FILE beside it");
  if (!supernet.empty() && app_->get_option("--epochs")->count() == 0) training.budget.epochs = 1;
  Plan plan = training.plan(kName, context.command_line);
  if (!supernet.empty()) supernet = checked_supernet(supernet, plan.space);
  expect_held_out_images(plan);
  SearchPlan search{.algo = make_algorithm(algos.front())->spec(),
                    .budget = to_text(parse_search_budget(budget, "--budget")),
                    .objectives = {},
                    .require = require,
                    .window = window,
                    .reuse = duplicates == "reuse",
                    .final_epochs = final_epochs,
                    .draw = draw,
                    .race = race,
                    .halving = halving,
                    .first_rung = first_rung,
                    .archs = {},
                    .supernet = supernet,
                    .batches = batches};
  for (const SearchObjective& objective : parse_objectives(objectives)) {
    search.objectives.push_back(objective.name);
    if (!objective.cost) plan.estimators.push_back(objective.name);
  }
  if (!draw.empty()) parse_draw(draw);
  plan.search = search;
  plan.scores = scores_needed(search.objectives);
  expect_searchable(plan);
  expect_images(plan.scores, most_training_images(plan));
  return run_training(plan, {}, training,
                      {.workers = training.workers, .lanes = training.lanes, .report = training.report, .json = json});
}

}  // namespace tse::cli
