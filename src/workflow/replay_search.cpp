#include "tse/workflow/replay_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "contender.h"
#include "recorded.h"
#include "tse/base/error.h"
#include "tse/base/random.h"
#include "tse/search/searcher.h"
#include "tse/workflow/search.h"
#include "tse/workflow/search_view.h"

namespace tse {
namespace {

/// One algorithm, with successive halving or without.
struct Way {
  std::string algo;
  int halving = 0;

  std::string name() const { return halving > 0 ? fmt::format("{}, halving={}", algo, halving) : algo; }
};

std::vector<SearchHistory> searches(const Way& way, const Domain& domain, const RecordedResults& results,
                                    const ReplayRequest& request, const std::vector<int>& rungs) {
  std::vector<SearchHistory> list;
  const std::shared_ptr<const Algorithm> algorithm = make_algorithm(way.algo);
  for (int i = 0; i < request.repeats; ++i) {
    list.push_back(replay(*algorithm, domain, results,
                          {.budget = request.budget,
                           .window = request.window,
                           .workers = request.workers,
                           .seed = derive_seed(request.seed, "repeat", static_cast<std::uint64_t>(i)),
                           .halving = way.halving,
                           .rungs = way.halving > 0 ? rungs : std::vector<int>()}));
  }
  return list;
}

/// The parameter counts, where the study has them.
void add_params(SearchView& view, const Runs& runs) {
  const auto column = runs.columns().find("params");
  if (column == runs.columns().end()) return;
  std::map<std::string, double> params;
  for (std::size_t row = 0; row < runs.size(); ++row) params[runs.archs()[row]] = column->second[row];
  std::vector<std::int64_t> list;
  for (const SearchTrial& trial : view.history) {
    const auto found = params.find(trial.arch.text);
    if (found == params.end() || std::isnan(found->second)) return;
    list.push_back(std::llround(found->second));
  }
  view.params = std::move(list);
}

/// What is asked for, and random search. Halving comes with and without.
std::vector<Way> ways_of(const ReplayRequest& request) {
  std::vector<std::string> algos = request.algos;
  for (std::string& algo : algos) algo = make_algorithm(algo)->spec();
  const bool random = std::ranges::any_of(algos, [](const auto& algo) { return algo.starts_with("random"); });
  if (!random) algos.emplace_back("random");
  std::vector<Way> ways;
  for (const std::string& algo : algos) {
    if (request.halving > 0 && !make_algorithm(algo)->learns()) ways.push_back({algo, request.halving});
    ways.push_back({algo});
  }
  return ways;
}

/// After how many epochs halving looks. UsageError where these recordings do not tell of a training's course.
std::vector<int> rungs_for(const ReplayRequest& request, const std::vector<Recording>& recordings, int all_epochs) {
  if (request.halving == 0) return {};
  expect_to_ignore_scores(request.algos.front(), "--halving");
  if (recordings.size() > 1 || !recordings.front().course)
    throw UsageError("--halving", "expected one estimator that looks at one training's course as the objective; got {}",
                     recordings.front().name);
  const int epochs = recordings.front().epochs > 0 ? recordings.front().epochs : all_epochs;
  expect_rungs(request.first_rung, epochs);
  return rungs_of(request.first_rung, request.halving, epochs);
}

}  // namespace

SearchView replay_view(const ReplayRequest& request) {
  const Recorded study = recorded(request);
  std::string list;
  for (const std::string& objective : request.objectives) list += (list.empty() ? "" : ",") + objective;
  SearchView view{.study = request.study,
                  .space = study.space->spec(),
                  .seed = request.seed,
                  .budget = to_text(request.budget),
                  .require = request.require,
                  .replay = true};
  if (study.has_outcome)
    view.outcome =
        Outcome{.name = study.outcome.name, .run = study.outcome.source, .lower_is_better = study.outcome.lower};
  const Domain connected = search_domain(study.space, request.require, study.task);
  std::vector<std::string> lists = {list};
  lists.insert(lists.end(), request.compare.begin(), request.compare.end());
  for (std::size_t k = 0; k < lists.size(); ++k) {
    const std::vector<Recording> recordings = recordings_of(study, lists[k], request.epochs);
    const std::vector<int> rungs = rungs_for(request, recordings, study.runs.epochs());
    const RecordedResults results = results_of(study, recordings, rungs);
    std::string objective;
    for (const Recording& recording : recordings) objective += (objective.empty() ? "" : ",") + recording.name;
    const bool any = request.require.empty();
    const Domain domain(
        study.space, [&](const Arch& arch) { return results.contains(arch.text) && (any || connected.allows(arch)); });
    for (const Way& way : ways_of(request)) {
      const std::vector<SearchHistory> all = searches(way, domain, results, request, rungs);
      view.contenders.push_back(contender_of(way.name(), objective, results, all, study.outcome.lower));
      if (view.history.empty() && k == 0) {
        view.algo = way.name();
        view.history = all.front();
        view.end = request.budget.trials && std::cmp_less(view.history.size(), *request.budget.trials)
                       ? "nothing is left to propose"
                       : "the budget is spent";
        for (const Recording& recording : recordings)
          view.objectives.push_back({.name = recording.name, .cost = recording.cost});
        for (const Recording& recording : recordings) view.epochs = std::max(view.epochs, recording.epochs);
      }
    }
  }
  add_params(view, study.runs);
  finish_view(view, *study.space);
  return view;
}

}  // namespace tse
