#include "tse/workflow/differentiate.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <utility>

#include "tse/base/error.h"
#include "tse/data/data.h"
#include "tse/estimate/step_weights.h"
#include "tse/rank/mean.h"
#include "tse/rank/truth.h"
#include "tse/report/units.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"
#include "tse/study/differentiate.h"
#include "tse/study/study.h"
#include "tse/trial/checkpoint.h"
#include "tse/trial/relaxation.h"
#include "tse/workflow/present.h"
#include "tse/workflow/task.h"
#include "tse/workflow/training_options.h"

namespace tse {
namespace {

constexpr const char* kMethod = "--method";

bool is_skip(const std::string& option) { return option.starts_with("skip"); }

/// Of a place's softmax, nats.
double entropy(const std::vector<double>& shares) {
  double sum = 0;
  for (const double share : shares)
    if (share > 0) sum -= share * std::log(share);
  return sum;
}

double mean_entropy(const std::vector<std::vector<double>>& shares) {
  std::vector<double> all;
  for (const std::vector<double>& place : shares) all.push_back(entropy(place));
  return mean(all);
}

int skips_of(const Space& space, const Arch& arch) {
  const Picks picks = space.picks_of(arch);
  int count = 0;
  for (std::size_t i = 0; i < picks.size(); ++i)
    count += is_skip(space.choices()->places()[i].options.at(static_cast<std::size_t>(picks[i]))) ? 1 : 0;
  return count;
}

DifferentiateRun run_of(const Trial& trial, int seed, const Space& space, const std::optional<Truth>& truth) {
  DifferentiateRun run{.number = trial.job.number,
                       .seed = seed,
                       .status = trial.trace.status,
                       .reason = trial.trace.reason,
                       .found = trial.trace.found,
                       .seconds = trial.trace.seconds};
  for (const Found& found : run.found) {
    run.skips.push_back(skips_of(space, {found.arch}));
    run.entropies.push_back(mean_entropy(found.shares));
    if (!truth) continue;
    const auto known = truth->outcome.find(found.arch);
    run.outcomes.push_back(known == truth->outcome.end() ? std::nullopt : std::optional(known->second));
  }
  if (!run.found.empty()) run.drawing = space.draw({run.found.back().arch});
  return run;
}

/// What needs no search: a random architecture, the largest one, and the best there is.
void add_references(DifferentiateView& view, const Truth& truth, const Space& space, const Task& task) {
  std::vector<double> all;
  std::int64_t most = -1;
  for (const auto& [arch, outcome] : truth.outcome) {
    all.push_back(outcome);
    const std::int64_t params = parameters(space.lower({arch}, task));
    if (std::exchange(most, std::max(most, params)) < params) view.largest = outcome;
  }
  view.random = mean(all);
  view.best = truth.lower ? std::ranges::min(all) : std::ranges::max(all);
}

}  // namespace

DifferentiateProgress::DifferentiateProgress(const Plan& plan, std::filesystem::path study)
    : plan_(plan), study_(std::move(study)) {}

void DifferentiateProgress::look_at(const Trial& trial) {
  const std::filesystem::path file = checkpoint_file(study_, trial.job.number);
  std::error_code none;
  const std::filesystem::file_time_type time = std::filesystem::last_write_time(file, none);
  if (trial.job.number != trial_) so_far_.clear();
  if (none || (trial.job.number == trial_ && time == seen_)) return;
  seen_ = time;
  trial_ = trial.job.number;
  try {
    const MappedCheckpoint checkpoint = map_checkpoint(file);
    if (checkpoint.trace.found.empty() || checkpoint.job != trial.job) return;
    const Found& found = checkpoint.trace.found.back();
    const DifferentiatePlace place = differentiate_place(*plan_.differentiate, trial.job.number);
    so_far_ = fmt::format("{}, seed {}, epoch {}: {}, entropy {:.2f}, {}",
                          plan_.differentiate->methods.at(static_cast<std::size_t>(place.method)), place.seed,
                          found.epoch, plural(skips_of(*make_space(plan_.space), {found.arch}), "skip"),
                          mean_entropy(found.shares), found.arch);
  } catch (const std::exception&) {  // it is being replaced, or is none of ours: another look will do
    so_far_.clear();
  }
}

StudyProgress DifferentiateProgress::of(const std::vector<Trial>& trials) {
  const auto runs = std::ranges::find(trials, TrialState::running, &Trial::state);
  if (runs == trials.end()) {
    so_far_.clear();
  } else {
    look_at(*runs);
  }
  StudyProgress progress = study_progress(trials);
  progress.so_far = so_far_;
  return progress;
}

void expect_differentiable(const Plan& plan) {
  const std::shared_ptr<const Space> space = make_space(plan.space);
  const Task task = task_of(make_data(plan.data)->facts());
  Stream random(0);
  (void)space->lower(space->sample(random), task);  // what is found is to be trained
  for (const std::string& method : plan.differentiate->methods) {
    const Relaxation relaxation = parse_relaxation(method);
    if (!relaxation.speed && !holds_out_images(plan))
      throw UsageError("--data",
                       "expected images that are held out, whose loss {} goes by; {} holds none out: add "
                       "valid=N to it",
                       method, plan.data);
    if (relaxation.speed) (void)step_weights(relaxation.loss, relaxation.steps);
    (void)space->mixed(task, mixture_of(relaxation, false));
    (void)space->mixed(task, mixture_of(relaxation, true));
    for (const Place& place : space->mixture_choices().places()) {
      if (std::cmp_greater_equal(relaxation.kept, place.options.size()))
        throw UsageError(kMethod, "expected fewer options to keep than the {} of {}; got {}", place.options.size(),
                         place.name, relaxation.kept);
    }
    const int halves = relaxation.kept > 0 ? 2 : 1;
    if (relaxation.warmup_epochs >= plan.budget.epochs / halves)
      throw UsageError("--epochs",
                       "expected {} or more for {}, which leaves the architecture alone in its first {}{}; got {}",
                       halves * (relaxation.warmup_epochs + 1), method, plural(relaxation.warmup_epochs, "epoch"),
                       halves == 2 ? ", and again half way" : "", plan.budget.epochs);
    if (relaxation.kept > 0 && relaxation.part > 1 && relaxation.part % 2 != 0)
      throw UsageError(kMethod, "expected a part of 1 or an even one, of which the second half has half; got {}",
                       relaxation.part);
  }
}

DifferentiateView differentiate_view(Store& store, const Plan& plan, const std::string& study) {
  const DifferentiatePlan& differentiate = *plan.differentiate;
  const std::shared_ptr<const Space> space = make_space(plan.space);
  DifferentiateView view{.study = study,
                         .space = plan.space,
                         .data = plan.data,
                         .seed = plan.seed,
                         .seeds = differentiate.seeds,
                         .epochs = plan.budget.epochs,
                         .places = space->mixture_choices().places(),
                         .manifest = plan.manifest};
  Task task;
  if (const auto record = store.recall("data")) {
    const DataRecord data = data_record_from_json(*record, study);
    view.split = split_text(data);
    view.manifest["data_digest"] = data.digest;
    task = data.task;
  }
  if (const auto engine = store.recall("engine")) view.manifest["engine"] = *engine;
  view.manifest["command_line"] = fmt::format("{}", fmt::join(plan.command_line, " "));
  std::optional<Truth> truth;
  if (!plan.truth.is_null()) {
    truth = truth_from_json(plan.truth, study);
    view.outcome = Outcome{.name = truth->column,
                           .run = fmt::format("the trainings behind {}", truth->source),
                           .lower_is_better = truth->lower};
    add_references(view, *truth, *space, task);
  }
  for (std::size_t i = 0; i < differentiate.methods.size(); ++i)
    view.methods.push_back({.name = differentiate.methods[i], .recipe = differentiate.recipes[i]});
  for (const Trial& trial : store.trials(true)) {
    const DifferentiatePlace place = differentiate_place(differentiate, trial.job.number);
    view.methods.at(static_cast<std::size_t>(place.method)).runs.push_back(run_of(trial, place.seed, *space, truth));
  }
  return view;
}

}  // namespace tse
