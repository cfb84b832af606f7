#include "tse/workflow/search.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/spec.h"
#include "tse/data/data.h"
#include "tse/estimate/fitted.h"
#include "tse/estimate/race.h"
#include "tse/estimate/running_blend.h"
#include "tse/rank/pareto.h"
#include "tse/report/ranking.h"
#include "tse/report/trial_scores.h"
#include "tse/report/units.h"
#include "tse/search/requirement.h"
#include "tse/space/numbers.h"
#include "tse/study/study.h"
#include "tse/trial/zero_cost.h"
#include "tse/workflow/draw.h"
#include "tse/workflow/present.h"
#include "tse/workflow/rankers.h"

namespace tse {
namespace {

constexpr int kFinalists = 2;            // at the most
constexpr const char* kSize = "params";  // what the final trainings compare the winner with

/// One objective of a trial: higher is better.
using Measure = std::function<double(const Trial&)>;

/// A blend on the scale of the first trials, so that scores told at different times compare: of those that are known
/// from the start, or else of those that are asked for.
class BlendMeasure {
 public:
  BlendMeasure(const std::string& name, const Plan& plan, std::shared_ptr<const Space> space, const Task& task,
               const std::vector<Trial>& known)
      : space_(std::move(space)),
        task_(task),
        running_(make_blend(parse_spec(name, "--objective")), plan.budget.epochs,
                 parse_recipe(plan.recipe).schedule_epochs),
        fixed_(!known.empty()) {
    for (const Trial& trial : known) {
      if (trial.state == TrialState::finished && !trial.job.same_as)
        show(trial, [&](const Record& record) { running_.add(record); });
    }
  }

  double operator()(const Trial& trial) {
    double score = kMissing;
    show(trial, [&](const Record& record) {
      if (!fixed_ && !trial.job.same_as) running_.add(record);
      score = running_.score(record);
    });
    return score;
  }

 private:
  void show(const Trial& trial, const std::function<void(const Record&)>& use) const {
    const Graph graph = space_->lower(trial.job.arch, task_);
    with_record(trial, parameters(graph), macs(graph), use);
  }

  std::shared_ptr<const Space> space_;
  Task task_;
  RunningBlend running_;
  bool fixed_;
};

Measure measure_of(const SearchObjective& objective, const Plan& plan, const Task& task,
                   const std::vector<Trial>& known) {
  const std::shared_ptr<const Space> space = make_space(plan.space);
  if (objective.cost) {
    return [=](const Trial& trial) {
      return -graph_number(objective.name, space->lower(trial.job.arch, task), "objective");
    };
  }
  if (fitted_estimators().knows(objective.name)) return BlendMeasure(objective.name, plan, space, task, known);
  return [=, predictor = make_predictor(objective.name)](const Trial& trial) {
    const Graph graph = space->lower(trial.job.arch, task);
    return score_of(trial, parameters(graph), macs(graph), predictor);
  };
}

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

Task task_of(const Data& data) {
  const DataFacts facts = data.facts();
  return {.input = {.channels = facts.channels, .height = facts.height, .width = facts.width},
          .classes = facts.classes};
}

std::vector<std::vector<double>> points_of(const SearchHistory& history, std::vector<std::size_t>& trials) {
  std::vector<std::vector<double>> points;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const std::vector<double>& scores = history[i].scores;
    if (scores.empty() || history[i].same_as || !std::ranges::all_of(scores, [](double s) { return std::isfinite(s); }))
      continue;
    trials.push_back(i);
    points.push_back(scores);
  }
  return points;
}

void find_front(SearchView& view) {
  std::vector<std::size_t> trials;
  const std::vector<std::vector<double>> points = points_of(view.history, trials);
  if (points.empty()) return;
  const std::vector<int> front_of = fronts(points);
  std::vector<double> worst = points.front();
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (front_of[i] == 0) view.front.push_back(trials[i]);
    for (std::size_t k = 0; k < worst.size(); ++k) worst[k] = std::min(worst[k], points[i][k]);
  }
  view.hypervolume = hypervolume(points, worst);
}

void add_finals(SearchView& view, const std::vector<Trial>& trials) {
  for (std::size_t i = view.history.size(); i < trials.size(); ++i) {
    const Trial& trial = trials[i];
    const std::vector<double> test = evaluation_curve(trial.trace, "test", "accuracy");
    view.finals.push_back({.chosen_by = i == view.history.size() ? view.objectives.front().name : kSize,
                           .number = trial.job.number,
                           .arch = trial.job.arch,
                           .epochs = trial.job.budget.epochs,
                           .status = std::string(status_name(trial)),
                           .test_accuracy = test.empty() ? kMissing : test.back()});
  }
  if (view.finals.size() == 1) view.finals.front().chosen_by += fmt::format(" and {}", kSize);
}

}  // namespace

std::vector<SearchObjective> parse_objectives(const std::vector<std::string>& texts) {
  std::vector<SearchObjective> list;
  for (const std::string& text : texts) {
    for (const std::string& name : split_names(text, "--objective")) {
      SearchObjective objective{.name = name, .cost = is_graph_number(name)};
      if (!objective.cost) objective.name = ranker_name(name);
      if (std::ranges::find(list, objective.name, &SearchObjective::name) != list.end())
        throw UsageError("--objective", "expected each once; got {} again", name);
      list.push_back(std::move(objective));
    }
  }
  if (list.empty()) throw UsageError("--objective", "expected an estimator; got none");
  return list;
}

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

TrialScores scorer_of(const Plan& plan, const Task& task, const std::vector<Trial>& known) {
  std::vector<Measure> measures;
  for (const SearchObjective& objective : parse_objectives(plan.search->objectives))
    measures.push_back(measure_of(objective, plan, task, known));
  return [measures](const Trial& trial) mutable {
    std::vector<double> scores;
    const bool failed = trial.trace.status == TraceStatus::failed;
    for (Measure& measure : measures) scores.push_back(failed ? kMissing : measure(trial));
    return scores;
  };
}

Growth grow_by(Store& store, const Plan& plan, int ahead, std::function<double()> elapsed) {
  const std::shared_ptr<const Space> space = make_space(plan.space);
  const Task task = task_of(*make_data(plan.data));
  return Growth(store, plan,
                {.domain = search_domain(space, plan.search->require, task, preference_of(plan, task)),
                 .scores = scorer_of(plan, task, {}),
                 .ahead = ahead,
                 .elapsed = std::move(elapsed),
                 .finalists = [=](const std::vector<Trial>& trials) { return finalists(trials, plan, task); }});
}

/// A training that went as the plan says, with losses of 1.
static Trial plain_trial(const Plan& plan, const Arch& arch) {
  Trial trial{.job = make_job(plan, arch, 0), .state = TrialState::finished};
  trial.trace = {.status = TraceStatus::ok, .train_images = 1, .batch = 1};
  for (const std::string& score : plan.scores) trial.trace.scores.push_back({.name = score, .value = 1});
  trial.trace.step_loss.assign(static_cast<std::size_t>(plan.budget.epochs), 1.0);
  for (int t = 1; plan.budget.valid_every > 0 && t <= plan.budget.epochs; ++t) {
    if (t % plan.budget.valid_every == 0 || t == plan.budget.epochs)
      trial.trace.evaluations.push_back({.split = "valid", .epoch = t, .loss = 1, .accuracy = 0.5});
  }
  return trial;
}

namespace {

/// Ending trainings early must leave the search what it goes by.
void expect_stoppable(const SearchPlan& search) {
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
  if (search.halving == 1) throw UsageError(flag, "expected 0, or 2 and more; got 1");
  if (search.archs.empty() && make_algorithm(search.algo)->learns())
    throw UsageError(flag, "expected an algorithm that ignores scores, as random; {} learns from all of them",
                     search.algo);
}

}  // namespace

void expect_searchable(const Plan& plan) {
  expect_stoppable(*plan.search);
  const SearchBudget budget = parse_search_budget(plan.search->budget, "--budget");
  if (budget.epochs && *budget.epochs < plan.budget.epochs)
    throw UsageError("--budget", "expected at least the {} epochs of one training; got {}", plan.budget.epochs,
                     to_text(budget));
  const std::shared_ptr<const Space> space = make_space(plan.space);
  const Task task = task_of(*make_data(plan.data));
  const Domain domain = search_domain(space, plan.search->require, task);
  Stream random(0);
  const std::vector<double> scores = scorer_of(plan, task, {})(plain_trial(plan, *domain.draw(random)));
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i]))
      throw UsageError("--objective",
                       "expected one that these trainings give; they give nothing for {}: validation "
                       "needs --valid-every, and a window no more epochs than --epochs",
                       plan.search->objectives[i]);
  }
  if (plan.search->archs.empty())
    make_algorithm(plan.search->algo)->begin(domain, plan.seed, static_cast<int>(plan.search->objectives.size()));
}

PlannedWork planned_work(const Plan& plan, const std::vector<Trial>& trials, bool over) {
  const auto trained = std::ranges::count_if(trials, [](const Trial& trial) { return !trial.job.same_as; });
  const double epochs = plan.budget.epochs;
  const SearchBudget budget = parse_search_budget(plan.search->budget, "budget");
  PlannedWork planned;
  if (budget.trials) planned.trials = *budget.trials - static_cast<int>(trials.size());
  if (budget.epochs) planned.trials = static_cast<int>(*budget.epochs / epochs) - static_cast<int>(trained);
  planned.trials = over ? 0 : std::max(planned.trials, 0);
  planned.epochs = planned.trials * epochs;
  const bool finals = std::ranges::any_of(
      trials, [&](const Trial& trial) { return trial.job.budget.keep_weights && !plan.budget.keep_weights; });
  if (plan.search->final_epochs > 0 && !finals) {
    planned.trials += kFinalists;
    planned.epochs += kFinalists * static_cast<double>(plan.search->final_epochs);
  }
  return planned;
}

StudyProgress search_progress(const std::vector<Trial>& trials, const Growth& growth, const Plan& plan) {
  const bool over = growth.spent() >= 1;
  StudyProgress progress = study_progress(trials, planned_work(plan, trials, over));
  if (growth.budget().seconds && !over) {
    progress.done = growth.spent();
    progress.remaining_seconds = (1 - growth.spent()) * *growth.budget().seconds;
  }
  const SearchObjective objective = parse_objectives(plan.search->objectives).front();
  if (const auto best = incumbent(growth.history())) {
    const double score = growth.history()[*best].scores.front();
    progress.best = fmt::format("{} {}", objective.name, number_text(objective.value(score)));
  }
  return progress;
}

void finish_view(SearchView& view, const Space& space) {
  if (view.objectives.size() > 1) find_front(view);
  if (const auto best = incumbent(view.history)) view.drawing = space.draw(view.history[*best].arch);
}

SearchView search_view(Store& store, const Plan& plan, const std::string& study) {
  const std::shared_ptr<const Space> space = make_space(plan.space);
  SearchView view{.study = study,
                  .space = plan.space,
                  .data = plan.data,
                  .recipe = plan.recipe,
                  .seed = plan.seed,
                  .epochs = plan.budget.epochs,
                  .schedule_epochs = parse_recipe(plan.recipe).schedule_epochs,
                  .algo = plan.search->algo,
                  .budget = plan.search->budget,
                  .require = plan.search->require,
                  .objectives = parse_objectives(plan.search->objectives),
                  .manifest = plan.manifest};
  Task task;
  if (const auto record = store.recall("data")) {
    const DataRecord data = data_record_from_json(*record, study);
    task = data.task;
    view.split = split_text(data);
    view.manifest["data_digest"] = data.digest;
  }
  if (const auto engine = store.recall("engine")) view.manifest["engine"] = *engine;
  view.manifest["command_line"] = fmt::format("{}", fmt::join(plan.command_line, " "));
  const std::vector<Trial> trials = store.trials(true);
  const auto end = search_end(store);
  if (end) view.end = end->reason;
  const std::size_t searched = end ? static_cast<std::size_t>(end->trials) : trials.size();
  view.history =
      history_of(trials, searched,
                 scorer_of(plan, task, {trials.begin(), trials.begin() + static_cast<std::ptrdiff_t>(searched)}));
  for (const SearchTrial& trial : view.history) view.params.push_back(parameters(space->lower(trial.arch, task)));
  add_finals(view, trials);
  finish_view(view, *space);
  return view;
}

}  // namespace tse
