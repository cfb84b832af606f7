#include "verbs/oneshot.h"

#include <algorithm>
#include <charconv>

#include "training.h"
#include "tse/base/error.h"
#include "tse/base/path.h"
#include "tse/base/spec.h"
#include "tse/paths/sampler.h"
#include "tse/study/one_shot.h"
#include "tse/trial/zero_cost.h"
#include "tse/workflow/archs.h"
#include "tse/workflow/one_shot.h"
#include "tse/workflow/outcomes.h"
#include "tse/workflow/rankers.h"
#include "tse/workflow/search.h"

namespace tse::cli {
namespace {

constexpr int kMostBatches = 1'000'000;
constexpr int kMostEpochs = 1000;  // that the batches may be cut into

/// `100,200,300`: each more than the one before.
std::vector<int> parse_batches(const std::string& list) {
  std::vector<int> batches;
  for (const std::string& text : split_names(list, "--batches")) {
    int count = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const int least = batches.empty() ? 1 : batches.back() + 1;
    if (error != std::errc{} || stop != text.data() + text.size() || count < least || count > kMostBatches)
      throw UsageError("--batches",
                       "expected numbers of mini-batches that rise, from 1 to {}, as 100,200,300; got '{}'",
                       kMostBatches, list);
    batches.push_back(count);
  }
  return batches;
}

/// The sampler's shortest name, its table by the whole path, so that the study can be resumed from anywhere.
std::string portable_sampler(const std::string& text) {
  Spec spec = parse_spec(text, "--sampler");
  for (auto& [key, value] : spec.options) {
    if (key == "table" && !value.empty()) value = absolute_path(value, "--sampler").string();
  }
  return make_path_rule(to_text(spec))->spec();
}

}  // namespace

OneShotVerb::OneShotVerb() {
  training.recipe = "oneshot";
  training.budget.epochs = 100;
  training.budget.valid_every = 1;
}

void OneShotVerb::setup(CLI::App& app) {
  app_ = &app;
  app.add_option("--sampler", sampler,
                 "which paths of a super-network are trained together: random, fair or multi of `tse list`, options "
                 "behind a colon; default fair");
  app.add_option("--candidates", candidates,
                 "architectures to rank: how many to draw, or a file with one per line; default 200");
  app.add_option("--batches", batches,
                 "score a candidate after so many mini-batches from the inherited weights; default 100,200,300");
  app.add_option("--candidate-recipe", candidate_recipe, "how candidates are trained on; default candidate");
  app.add_option("--estimator", estimators,
                 "what to score candidates by, the first ranks them; may be given again; default tse, valid-accuracy, "
                 "valid-loss-sum, train-loss-minibatch, synflow")
      ->take_all();
  app.add_option("--truth", truth,
                 "FILE.csv:COLUMN[:lower], outcomes of trainings from scratch to hold the scores against");
  add_options(app, {{"supernets", &supernets, "super-networks, each of a seed of its own", between(1, 1000)},
                    {"unused", &unused,
                     "what happens to parameters that no path of a step has: momentum and weight decay go on, as in "
                     "the authors' code, or nothing",
                     one_of({"decay", "skip"})}});
  add_options(app, without(training.options(), {"reuse", "test_every", "test_at_end", "keep_weights", "step_losses"}));
  add_json(app, json);
}

int OneShotVerb::run(Context& context) {
  // the schedule ends with the training, where nothing else is said
  const Spec recipe = parse_spec(training.recipe, "--recipe");
  const bool scheduled = training.schedule_epochs > 0 || std::ranges::any_of(recipe.options, [](const auto& o) {
                           return o.first == "schedule_epochs";
                         });
  if (!scheduled) training.schedule_epochs = training.budget.epochs;
  Plan plan = training.plan(kName, context.command_line);
  if (!holds_out_images(plan) && app_->get_option("--valid-every")->count() == 0) plan.budget.valid_every = 0;
  expect_held_out_images(plan);
  OneShotPlan one_shot{.sampler = portable_sampler(sampler),
                       .decay_unused = unused == "decay",
                       .supernets = supernets,
                       .epochs = training.budget.epochs,
                       .recipe = candidate_recipe,
                       .batches = parse_batches(batches),
                       .archs = {}};
  parse_recipe(candidate_recipe);
  plan.budget.epochs = one_shot.batches.back() / batches_of_epoch(one_shot);
  if (plan.budget.epochs > kMostEpochs)
    throw UsageError("--batches",
                     "expected numbers with a common measure, of which the last has at most {}; {} is {} of "
                     "them",
                     kMostEpochs, one_shot.batches.back(), plan.budget.epochs);
  for (const std::string& name : estimators) plan.estimators.push_back(ranker_name(name));
  plan.scores = scores_needed(plan.estimators);
  const std::vector<Arch> list = read_archs(candidates, *make_space(plan.space), plan.seed, "--candidates");
  for (const Arch& arch : list) one_shot.archs.push_back(arch.text);
  if (!truth.empty()) plan.truth = outcomes_of(*make_space(plan.space), list, truth);
  plan.one_shot = std::move(one_shot);
  expect_one_shot(plan);
  expect_images(plan.scores, most_training_images(plan));
  return run_training(plan, {}, training,
                      {.workers = training.workers, .lanes = training.lanes, .report = training.report, .json = json});
}

}  // namespace tse::cli
