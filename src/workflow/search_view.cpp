#include "tse/workflow/search_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "tse/rank/pareto.h"
#include "tse/report/ranking.h"
#include "tse/report/units.h"
#include "tse/space/graph.h"
#include "tse/study/growth.h"
#include "tse/study/study.h"
#include "tse/workflow/objectives.h"
#include "tse/workflow/present.h"

namespace tse {
namespace {

constexpr const char* kSize = "params";  // what the final trainings compare the winner with

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

std::string supernet_of(const SearchPlan& search) {
  if (search.supernet.empty()) return "";
  return fmt::format("weights inherited from the super-network {}, {} mini-batches an epoch", search.supernet,
                     search.batches);
}

/// Which trainings end early, in words.
std::string ends_early(const SearchPlan& search) {
  if (search.race > 0) return fmt::format("racing for the best {}", search.race);
  if (search.halving > 0)
    return fmt::format("halving: one in {} goes on after {}", search.halving, plural(search.first_rung, "epoch"));
  return "";
}

}  // namespace

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
                  .schedule_epochs = plan.search->supernet.empty() ? parse_recipe(plan.recipe).schedule_epochs : 0,
                  .algo = plan.search->algo,
                  .budget = plan.search->budget,
                  .require = plan.search->require,
                  .draw = plan.search->draw,
                  .ends_early = ends_early(*plan.search),
                  .supernet = supernet_of(*plan.search),
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
