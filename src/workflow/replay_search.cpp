#include "tse/workflow/replay_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/missing.h"
#include "tse/base/outcome_name.h"
#include "tse/base/spec.h"
#include "tse/estimate/column.h"
#include "tse/estimate/estimator.h"
#include "tse/estimate/fitted.h"
#include "tse/rank/pareto.h"
#include "tse/search/replay.h"
#include "tse/search/searcher.h"
#include "tse/space/space.h"
#include "tse/study/runs.h"
#include "tse/workflow/search.h"

namespace tse {
namespace {

constexpr const char* kOutcome = "outcome";
constexpr int kPoints = 60;                                  // of a curve over cost
constexpr const char* kSecondsColumn = "seconds_per_epoch";  // of imported tables

/// What one number of a search is read from.
struct Recording {
  std::string name;
  bool cost = false;  // less is better, in the objective's own sense
  std::shared_ptr<const Estimator> estimator;
  std::shared_ptr<const FittedEstimator> fitted = {};  // on the scale of all that is recorded
  int epochs = 0;
};

/// The study with what is recorded of each architecture.
struct Recorded {
  Runs runs;
  RunOutcome outcome;  // values NaN where there is none
  bool has_outcome = false;
  std::shared_ptr<const Space> space;
};

RunOutcome outcome_of(const Runs& runs, const std::string& text) {
  if (text.empty()) return *runs.outcome;
  const ColumnName asked = parse_column_name(text, runs.column_names());
  const auto found = runs.columns().find(asked.column);
  if (found == runs.columns().end())
    throw UsageError("--outcome", "{}", unknown_name("column", asked.column, runs.column_names()));
  return {.name = asked.column, .source = "the study's own record", .lower = asked.lower, .values = found->second};
}

Recorded recorded(const ReplayRequest& request) {
  Runs runs = read_runs(request.study);
  for (const std::string& scores : request.scores) runs = runs.with_columns(read_runs(scores));
  const std::string name = !request.space.empty() ? request.space : !runs.space.empty() ? runs.space : "nb201";
  Recorded study{.runs = std::move(runs), .outcome = {}, .space = make_space(name)};
  study.has_outcome = study.runs.outcome.has_value() || !request.outcome.empty();
  if (study.has_outcome) study.outcome = outcome_of(study.runs, request.outcome);
  for (const std::string& arch : study.runs.archs()) {
    try {
      study.space->parse(arch);
    } catch (const UsageError& error) {
      throw DataError(request.study, "expected architectures of {}, as --space says; {}", name, error.what());
    }
  }
  return study;
}

/// `NAME@T`; the default where there is no such end.
std::pair<std::string, int> name_and_epochs(const std::string& text, int epochs) {
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos) return {text, epochs};
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + at + 1, end, value);
  if (error != std::errc{} || stop != end || value < 1)
    throw UsageError("--objective", "expected epochs after @, as tse-ema@10; got '{}'", text);
  return {text.substr(0, at), value};
}

Recording recording_of(const Recorded& study, const std::string& text, int default_epochs) {
  const auto [name, epochs] = name_and_epochs(text, default_epochs);
  const std::vector<std::string> known = study.runs.column_names();
  Recording recording{.name = text, .cost = false, .estimator = nullptr, .epochs = epochs};
  if (name == kOutcome) {
    if (!study.has_outcome)
      throw UsageError("--objective", "expected a study with outcomes; {} has none", study.runs.study);
    recording.name = study.outcome.name;
    recording.epochs = study.runs.epochs();
    recording.cost = study.outcome.lower;
    return recording;
  }
  const std::string base = parse_spec(name, "--objective").name;
  const std::vector<std::string> registered = estimators().names();
  const bool size = name == "params" || name == "macs";
  if (!size && std::ranges::find(registered, base) != registered.end()) {
    recording.estimator = make_estimator(name);
    return recording;
  }
  if (fitted_estimators().knows(name)) {
    recording.fitted = fitted_estimators().make(name);
    return recording;
  }
  const ColumnName asked = parse_column_name(name, known);
  if (!study.runs.columns().contains(asked.column)) {
    std::vector<std::string> all = registered;
    all.insert(all.end(), known.begin(), known.end());
    all.emplace_back(kOutcome);
    throw UsageError("--objective", "{}", unknown_name("objective", asked.column, all));
  }
  recording.cost = asked.lower || size;
  recording.estimator = std::make_shared<Column>(Column::Settings{.name = asked.column, .lower = recording.cost});
  return recording;
}

double seconds_per_epoch(const Runs& runs, std::size_t row) {
  if (!runs.seconds_per_epoch.empty()) return runs.seconds_per_epoch[row];
  const auto found = runs.columns().find(kSecondsColumn);
  return found == runs.columns().end() ? kMissing : found->second[row];
}

/// What a search by these recordings sees; only trainings that have all of them.
RecordedResults results_of(const Recorded& study, const std::vector<Recording>& recordings) {
  RecordedResults results;
  const int all_epochs = study.runs.epochs();
  std::vector<std::vector<double>> fitted;  // by recording, then training
  for (const Recording& recording : recordings) {
    const int epochs = recording.epochs > 0 ? recording.epochs : all_epochs;
    fitted.push_back(recording.fitted ? recording.fitted->scores(study.runs.records(), epochs, 0)
                                      : std::vector<double>());
  }
  for (std::size_t row = 0; row < study.runs.size(); ++row) {
    const Record& record = study.runs.records()[row];
    const double outcome = study.has_outcome ? study.outcome.values[row] : kMissing;
    RecordedResult result{.scores = {}};
    if (!std::isnan(outcome)) result.outcome = outcome;
    for (std::size_t k = 0; k < recordings.size(); ++k) {
      const Recording& recording = recordings[k];
      const int epochs = recording.epochs > 0 ? recording.epochs : all_epochs;
      const double score = recording.fitted      ? fitted[k][row]
                           : recording.estimator ? recording.estimator->score(record, std::max(epochs, 1))
                           : recording.cost      ? -outcome
                                                 : outcome;
      result.scores.push_back(score);
      result.epochs = std::max(result.epochs, static_cast<double>(epochs));
    }
    result.seconds = result.epochs * seconds_per_epoch(study.runs, row);
    if (std::ranges::none_of(result.scores, [](double score) { return std::isnan(score); }))
      results.emplace(study.runs.archs()[row], std::move(result));
  }
  if (results.empty())
    throw UsageError("--objective", "expected what the trainings of {} have; none has {}", study.runs.study,
                     recordings.front().name);
  return results;
}

std::vector<Recording> recordings_of(const Recorded& study, const std::string& list, int epochs) {
  std::vector<Recording> recordings;
  for (const std::string& name : split_names(list, "--objective"))
    recordings.push_back(recording_of(study, name, epochs));
  return recordings;
}

std::vector<SearchHistory> searches(const Algorithm& algorithm, const Domain& domain, const RecordedResults& results,
                                    const ReplayRequest& request) {
  std::vector<SearchHistory> list;
  for (int i = 0; i < request.repeats; ++i) {
    list.push_back(replay(algorithm, domain, results,
                          {.budget = request.budget,
                           .window = request.window,
                           .workers = request.workers,
                           .seed = derive_seed(request.seed, "repeat", static_cast<std::uint64_t>(i))}));
  }
  return list;
}

struct Mean {
  double mean = kMissing;
  double error = kMissing;
};

Mean mean_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  if (values.empty()) return {};
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {.mean = mean, .error = n > 1 ? std::sqrt(squares / (n - 1) / n) : kMissing};
}

double cost_at(const SearchHistory& history, std::size_t i, bool by_time) {
  if (by_time) return history[i].ended;
  double epochs = 0;
  for (std::size_t k = 0; k <= i; ++k) epochs += history[k].epochs;
  return epochs;
}

/// The means over the searches of what each had at a cost, at costs that are evenly spaced in their logarithm.
std::vector<CostPoint> curve_of(const std::vector<SearchHistory>& all, bool lower, bool by_time) {
  struct Path {
    std::vector<double> cost;
    std::vector<double> incumbent;
    std::vector<double> oracle;
  };
  std::vector<Path> paths;
  double first = 0;
  double last = std::numeric_limits<double>::infinity();
  for (const SearchHistory& history : all) {
    if (history.empty()) continue;
    Path path{.cost = {}, .incumbent = incumbent_outcomes(history), .oracle = oracle_outcomes(history, lower)};
    double epochs = 0;
    for (const SearchTrial& trial : history) {
      epochs += trial.epochs;
      path.cost.push_back(by_time ? trial.ended : epochs);
    }
    if (!by_time && epochs == 0) std::iota(path.cost.begin(), path.cost.end(), 1.0);
    std::partial_sum(path.cost.begin(), path.cost.end(), path.cost.begin(),
                     [](double a, double b) { return std::max(a, b); });
    first = std::max(first, path.cost.front());
    last = std::min(last, path.cost.back());
    paths.push_back(std::move(path));
  }
  std::vector<CostPoint> curve;
  if (paths.empty() || !(first > 0) || !(last >= first)) return curve;
  for (int k = 0; k < kPoints; ++k) {
    const double cost = first * std::pow(last / first, static_cast<double>(k) / (kPoints - 1));
    std::vector<double> incumbents;
    std::vector<double> oracles;
    for (const Path& path : paths) {
      const auto after = std::ranges::upper_bound(path.cost, cost * (1 + 1e-12));
      const auto i = static_cast<std::size_t>(after - path.cost.begin()) - 1;
      incumbents.push_back(path.incumbent[i]);
      oracles.push_back(path.oracle[i]);
    }
    const Mean incumbent = mean_of(incumbents);
    const Mean oracle = mean_of(oracles);
    curve.push_back({.cost = cost,
                     .incumbent = incumbent.mean,
                     .incumbent_error = incumbent.error,
                     .oracle = oracle.mean,
                     .oracle_error = oracle.error});
    if (last == first) break;
  }
  return curve;
}

/// What the points dominate as a share of what all that is recorded does.
double share_of_volume(const SearchHistory& history, const RecordedResults& results) {
  std::vector<std::vector<double>> all;
  for (const auto& [arch, result] : results) all.push_back(result.scores);
  std::vector<double> worst = all.front();
  for (const auto& point : all)
    for (std::size_t k = 0; k < worst.size(); ++k) worst[k] = std::min(worst[k], point[k]);
  std::vector<std::vector<double>> found;
  for (const SearchTrial& trial : history) found.push_back(trial.scores);
  const double whole = hypervolume(all, worst);
  return whole > 0 ? hypervolume(found, worst) / whole : kMissing;
}

Contender contender_of(const std::string& algo, const std::vector<Recording>& recordings,
                       const RecordedResults& results, const std::vector<SearchHistory>& all, bool lower) {
  Contender contender{.algo = algo, .objective = "", .repeats = static_cast<int>(all.size())};
  for (const Recording& recording : recordings)
    contender.objective += (contender.objective.empty() ? "" : ",") + recording.name;
  std::vector<double> trials;
  std::vector<double> epochs;
  std::vector<double> seconds;
  std::vector<double> incumbents;
  std::vector<double> oracles;
  std::vector<double> volumes;
  for (const SearchHistory& history : all) {
    if (history.empty()) continue;
    trials.push_back(static_cast<double>(history.size()));
    epochs.push_back(cost_at(history, history.size() - 1, false));
    seconds.push_back(std::ranges::max(history, {}, &SearchTrial::ended).ended);
    incumbents.push_back(incumbent_outcomes(history).back());
    oracles.push_back(oracle_outcomes(history, lower).back());
    if (recordings.size() > 1) volumes.push_back(share_of_volume(history, results));
  }
  contender.trials = mean_of(trials).mean;
  contender.epochs = mean_of(epochs).mean;
  contender.seconds = mean_of(seconds).mean;
  contender.incumbent = mean_of(incumbents).mean;
  contender.incumbent_error = mean_of(incumbents).error;
  contender.oracle = mean_of(oracles).mean;
  contender.oracle_error = mean_of(oracles).error;
  contender.hypervolume = mean_of(volumes).mean;
  contender.hypervolume_error = mean_of(volumes).error;
  contender.by_time = !std::isnan(contender.seconds);
  contender.curve = curve_of(all, lower, contender.by_time);
  return contender;
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

std::vector<std::string> with_random(std::vector<std::string> algos) {
  for (std::string& algo : algos) algo = make_algorithm(algo)->spec();
  const bool random = std::ranges::any_of(algos, [](const auto& algo) { return algo.starts_with("random"); });
  if (!random) algos.emplace_back("random");
  return algos;
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
  const Domain connected = search_domain(study.space, request.require, {});
  std::vector<std::string> lists = {list};
  lists.insert(lists.end(), request.compare.begin(), request.compare.end());
  for (std::size_t k = 0; k < lists.size(); ++k) {
    const std::vector<Recording> recordings = recordings_of(study, lists[k], request.epochs);
    const RecordedResults results = results_of(study, recordings);
    const bool any = request.require.empty();
    const Domain domain(
        study.space, [&](const Arch& arch) { return results.contains(arch.text) && (any || connected.allows(arch)); });
    for (const std::string& algo : with_random(request.algos)) {
      const std::vector<SearchHistory> all = searches(*make_algorithm(algo), domain, results, request);
      view.contenders.push_back(contender_of(algo, recordings, results, all, study.outcome.lower));
      if (view.history.empty() && k == 0) {
        view.algo = algo;
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
