#include "tse/workflow/search.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/option.h"
#include "tse/base/spec.h"
#include "tse/data/data.h"
#include "tse/estimate/fitted.h"
#include "tse/estimate/race.h"
#include "tse/report/units.h"
#include "tse/search/requirement.h"
#include "tse/space/graph.h"
#include "tse/space/numbers.h"
#include "tse/trial/zero_cost.h"
#include "tse/workflow/draw.h"
#include "tse/workflow/objectives.h"
#include "tse/workflow/task.h"

namespace tse {
namespace {

constexpr int kFinalists = 2;  // at the most

/// The architectures to train to the end: the winner, and the largest network among the same trials.
std::vector<Arch> finalists(const std::vector<Trial>& trials, const Plan& plan, const Task& task) {
  const std::shared_ptr<const Space> space = make_space(plan.space);
  const SearchHistory history = history_of(trials, trials.size(), scorer_of(plan, task, trials));
  const auto winner = incumbent(history);
  if (!winner) return {};
  std::vector<Arch> list = {history[*winner].arch};
  const auto size = [&](const SearchTrial& trial) { return parameters(space->lower(trial.arch, task)); };
  const Arch& largest = std::ranges::max_element(history, {}, size)->arch;
  if (largest != list.front()) list.push_back(largest);
  return list;
}

/// A training that went as the plan says, with losses of 1.
Trial plain_trial(const Plan& plan, const Arch& arch) {
  Trial trial{.job = make_job(plan, arch, 0), .state = TrialState::finished};
  const int images = most_training_images(plan);
  trial.trace = {.status = TraceStatus::ok, .train_images = images, .batch = std::min(trial.job.recipe.batch, images)};
  for (const std::string& score : plan.scores) trial.trace.scores.push_back({.name = score, .value = 1});
  trial.trace.step_loss.assign(
      static_cast<std::size_t>(plan.budget.epochs) * static_cast<std::size_t>(steps_per_epoch(trial.trace)), 1.0);
  for (int t = 1; plan.budget.valid_every > 0 && t <= plan.budget.epochs; ++t) {
    if (t % plan.budget.valid_every == 0 || t == plan.budget.epochs)
      trial.trace.evaluations.push_back({.split = "valid", .epoch = t, .loss = 1, .accuracy = 0.5});
  }
  return trial;
}

/// Ending trainings early must leave the search what it goes by.
void expect_stoppable(const SearchPlan& search, int epochs) {
  if (search.race == 0 && search.halving == 0) return;
  const char* flag = search.race > 0 ? "--race" : "--halving";
  const SearchObjective objective = parse_objectives(search.objectives).front();
  if (search.objectives.size() > 1 || objective.cost)
    throw UsageError(flag, "expected one estimator as the objective; got {}", fmt::join(search.objectives, ", "));
  if (fitted_estimators().knows(objective.name) || is_zero_cost(objective.name))
    throw UsageError(flag, "expected an estimator that looks at one training's course; got {}", objective.name);
  if (search.race > 0 && !can_race(*make_estimator(objective.name)))
    throw UsageError(flag, "expected an objective that sums losses, as tse or tse-ema; {} is none", objective.name);
  if (search.race > 0 && search.halving > 0) throw UsageError(flag, "expected one of --race and --halving; got both");
  if (search.archs.empty()) expect_to_ignore_scores(search.algo, flag);
  if (search.halving > 0) expect_rungs(search.first_rung, epochs);
}

}  // namespace

Domain search_domain(const std::shared_ptr<const Space>& space, const std::string& require, const Task& task,
                     Preference prefers) {
  const Requirement requirement(require, "--require");
  for (const std::string& name : requirement.names()) {
    if (!is_graph_number(name)) throw UsageError("--require", "{}", unknown_name("number", name, graph_numbers()));
  }
  const bool any = !requirement.names().empty();
  const auto allows = [=](const Arch& arch) {
    if (!space->connected(arch)) return false;
    if (!any) return true;
    const Graph graph = space->lower(arch, task);
    return requirement.holds([&](const std::string& name) { return graph_number(name, graph, "--require"); });
  };
  Stream random(0);
  if (!Domain(space, allows).draw(random))
    throw UsageError("--require", "no network of {} fulfils '{}'", space->spec(), require);
  return Domain(space, allows, std::move(prefers));
}

void expect_to_ignore_scores(const std::string& algo, const char* flag) {
  if (make_algorithm(algo)->learns())
    throw UsageError(flag, "expected an algorithm that ignores scores, as random; {} learns from all of them", algo);
}

void expect_rungs(int first_rung, int epochs) {
  if (first_rung >= epochs)
    throw UsageError("--first-rung", "expected fewer epochs than the {} of a training; got {}", epochs, first_rung);
}

Growth grow_by(Store& store, const Plan& plan, const std::string& study, int ahead, std::function<double()> elapsed,
               DrawWatch& watch) {
  const std::shared_ptr<const Space> space = make_space(plan.space);
  const Task task = task_of(make_data(plan.data)->facts());
  return Growth(
      store, plan,
      {.domain = search_domain(space, plan.search->require, task, preference_of(plan, task, store, watch)),
       .scores = scorer_of(plan, task, {}),
       .study = study,
       .ahead = ahead,
       .elapsed = std::move(elapsed),
       .doing = [&watch] { return watch.scored > 0 ? fmt::format("{} scored to draw from", watch.scored) : ""; },
       .finalists = [=](const std::vector<Trial>& trials) { return finalists(trials, plan, task); }});
}

int most_training_images(const Plan& plan) {
  const auto all = static_cast<int>(make_data(plan.data)->facts().images);
  int train = -1;
  int valid = -1;
  for (const auto& [key, value] : parse_spec(plan.data, "data").options) {
    if (key == "train") train = std::stoi(value);
    if (key == "valid") valid = std::stoi(value);
  }
  if (train > 0) return std::min(all, train);
  const double held_out = valid >= 0 ? valid : parse_recipe(plan.recipe).valid_fraction * all - 1;
  return std::max(1, all - static_cast<int>(std::max(held_out, 0.0)));
}

void expect_given(const Plan& plan, const std::vector<std::string>& scores, const char* flag) {
  const std::shared_ptr<const Space> space = make_space(plan.space);
  Stream random(0);
  const Trial trial = plain_trial(plan, space->sample(random));
  const Task task = task_of(make_data(plan.data)->facts());
  Plan one = plan;
  one.search = SearchPlan{.algo = "listed", .budget = "1trials", .objectives = {}};
  for (const std::string& name : scores) {
    one.search->objectives = {name};
    if (std::isnan(scorer_of(one, task, {})(trial).front()))
      throw UsageError(flag,
                       "expected one that these trainings give; they give nothing for {}: validation needs "
                       "--valid-every, the end of the schedule as many --epochs, and a window or a step must be within "
                       "them",
                       name);
  }
}

void expect_searchable(const Plan& plan) {
  expect_stoppable(*plan.search, plan.budget.epochs);
  const SearchBudget budget = parse_search_budget(plan.search->budget, "--budget");
  if (budget.epochs && *budget.epochs < plan.budget.epochs)
    throw UsageError("--budget", "expected at least the {} epochs of one training; got {}", plan.budget.epochs,
                     to_text(budget));
  const std::shared_ptr<const Space> space = make_space(plan.space);
  const Task task = task_of(make_data(plan.data)->facts());
  const Domain domain = search_domain(space, plan.search->require, task);
  expect_given(plan, plan.search->objectives, "--objective");
  if (plan.search->archs.empty())
    make_algorithm(plan.search->algo)->begin(domain, plan.seed, static_cast<int>(plan.search->objectives.size()));
}

PlannedWork planned_work(const Plan& plan, const std::vector<Trial>& trials, const YetToCome& yet) {
  PlannedWork planned;
  if (yet.proposes) {
    const SearchBudget budget = parse_search_budget(plan.search->budget, "budget");
    const auto trained = std::ranges::count_if(trials, [](const Trial& trial) { return !trial.job.same_as; });
    if (budget.trials) planned.trials = *budget.trials - static_cast<int>(trials.size());
    if (budget.epochs)
      planned.trials = static_cast<int>(*budget.epochs / plan.budget.epochs) - static_cast<int>(trained);
    planned.trials = std::max(planned.trials, 0);
    planned.epochs = planned.trials * static_cast<double>(plan.budget.epochs);
  }
  if (yet.finals) {
    planned.trials += kFinalists;
    planned.epochs += kFinalists * static_cast<double>(plan.search->final_epochs);
  }
  return planned;
}

StudyProgress search_progress(const std::vector<Trial>& trials, const Growth& growth, const Plan& plan) {
  const bool finals_begun = growth.end() && std::cmp_greater(trials.size(), growth.end()->trials);
  const YetToCome yet{.proposes = !growth.end(), .finals = plan.search->final_epochs > 0 && !finals_begun};
  StudyProgress progress = study_progress(trials, planned_work(plan, trials, yet));
  if (growth.budget().seconds && yet.proposes) {
    progress.done = growth.spent();
    progress.remaining_seconds = (1 - growth.spent()) * *growth.budget().seconds;
  }
  const SearchObjective objective = parse_objectives(plan.search->objectives).front();
  if (const auto best = incumbent(growth.history())) {
    const double score = growth.history()[*best].scores.front();
    progress.so_far = fmt::format("best {} {}", objective.name, number_text(objective.value(score)));
  }
  const std::string doing = growth.doing();
  if (!doing.empty()) progress.so_far += (progress.so_far.empty() ? "" : ", ") + doing;
  return progress;
}

}  // namespace tse
