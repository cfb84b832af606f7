#include "tse/report/ranking.h"

#include <algorithm>
#include <cmath>

#include "tse/base/missing.h"
#include "tse/estimate/fitted.h"
#include "tse/rank/bootstrap.h"
#include "tse/rank/correlation.h"
#include "tse/rank/top.h"
#include "tse/report/trial_scores.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

RankedTrial describe(const Trial& trial, const Space& space, const Task& task) {
  RankedTrial ranked;
  ranked.trial = trial;
  const Graph graph = space.lower(trial.job.arch, task);
  ranked.params = parameters(graph);
  ranked.macs = macs(graph);
  ranked.canonical = space.canonical(trial.job.arch);
  ranked.connected = space.connected(trial.job.arch);
  ranked.drawing = space.draw(trial.job.arch);
  return ranked;
}

/// The trials of a ranking that have something to say, as estimators see them. A training that failed or has not ended
/// says nothing, whatever losses it left.
struct Population {
  std::vector<std::size_t> places;
  std::vector<Curves> curves;
  std::vector<Columns> columns;
  std::vector<Record> records;

  Population(const Population&) = delete;  // records look at the rest
  explicit Population(const std::vector<RankedTrial>& trials) {
    for (std::size_t i = 0; i < trials.size(); ++i) {
      const Trial& trial = trials[i].trial;
      if (trial.state == TrialState::finished && trial.trace.status != TraceStatus::failed) places.push_back(i);
    }
    for (const std::size_t place : places) {
      const RankedTrial& ranked = trials[place];
      curves.push_back(curves_of(ranked.trial.trace));
      columns.push_back(
          {{"params", {static_cast<double>(ranked.params)}}, {"macs", {static_cast<double>(ranked.macs)}}});
      for (const StaticScore& score : ranked.trial.trace.scores) columns.back()[score.name] = {score.value};
    }
    for (std::size_t k = 0; k < places.size(); ++k) {
      const Trial& trial = trials[places[k]].trial;
      records.push_back(record_of(trial.trace, curves[k]));
      records.back().schedule_epochs = trial.job.recipe.schedule_epochs;
      records.back().columns = &columns[k];
    }
  }
};

void score(Ranking& ranking) {
  for (RankedTrial& ranked : ranking.trials) ranked.scores.assign(ranking.estimators.size(), kMissing);
  const Population population(ranking.trials);
  const auto tell = [&](std::size_t estimator, std::size_t k, double score) {
    ranking.trials[population.places[k]].scores[estimator] = score;
  };
  for (std::size_t e = 0; e < ranking.estimators.size(); ++e) {
    const std::string& name = ranking.estimators[e];
    if (fitted_estimators().knows(name)) {
      const auto scores = fitted_estimators().make(name)->scores(population.records, ranking.epochs, 1);
      for (std::size_t k = 0; k < scores.size(); ++k) tell(e, k, scores[k]);
    } else {
      const auto predictor = make_predictor(name);
      for (std::size_t k = 0; k < population.records.size(); ++k) {
        const int epochs = ranking.trials[population.places[k]].trial.job.budget.epochs;
        tell(e, k, predictor->score(population.records[k], epochs));
      }
    }
  }
}

// Whether `order` puts trials with a score first, then those that diverged, then those without a score.
int place_of(double score) { return std::isnan(score) ? 2 : std::isinf(score) && score < 0 ? 1 : 0; }

void rank(Ranking& ranking) {
  for (std::size_t i = 0; i < ranking.trials.size(); ++i)
    if (ranking.trials[i].trial.state == TrialState::finished) ranking.order.push_back(static_cast<int>(i));
  const auto score = [&](int index) {
    return round_for_ranking(ranking.trials[static_cast<std::size_t>(index)].scores.front());
  };
  std::ranges::stable_sort(ranking.order, [&](int a, int b) {
    const int place_a = place_of(score(a));
    const int place_b = place_of(score(b));
    return place_a != place_b ? place_a < place_b : place_a == 0 && score(a) > score(b);
  });
  int next = 1;
  for (const int index : ranking.order) ranking.trials[static_cast<std::size_t>(index)].rank = next++;
}

void find_outcomes(Ranking& ranking, int classes, const RankingOptions& options) {
  if (options.truth) {
    for (RankedTrial& ranked : ranking.trials) {
      const auto found = options.truth->outcome.find(ranked.trial.job.arch.text);
      if (found != options.truth->outcome.end() && !std::isnan(found->second)) ranked.truth = found->second;
    }
    const std::string& source = options.truth->source;
    ranking.outcome = {
        .name = options.truth->column,
        .run = source.empty() ? "a table of outcomes measured elsewhere" : "the trainings behind " + source,
        .lower_is_better = options.truth->lower};
    return;
  }
  std::vector<const Trace*> traces;
  for (const RankedTrial& ranked : ranking.trials)
    traces.push_back(ranked.trial.state == TrialState::finished ? &ranked.trial.trace : nullptr);
  const auto own = own_outcomes(traces, ranking.epochs, classes);
  if (!own) return;
  for (std::size_t i = 0; i < traces.size(); ++i) ranking.trials[i].truth = own->values[i];
  ranking.outcome = {.name = "test_accuracy", .run = own->source, .lower_is_better = false};
}

template <class Score>
Agreement agree(const Ranking& ranking, std::string predictor, const Score& score) {
  std::vector<double> scores;
  std::vector<double> outcomes;
  for (const RankedTrial& ranked : ranking.trials) {
    const double value = score(ranked);
    if (std::isnan(value) || !ranked.truth) continue;
    scores.push_back(round_for_ranking(value));
    outcomes.push_back(ranking.outcome->lower_is_better ? -*ranked.truth : *ranked.truth);
  }
  Agreement agreement;
  agreement.predictor = std::move(predictor);
  agreement.n = static_cast<int>(scores.size());
  agreement.spearman = spearman(scores, outcomes);
  agreement.kendall = kendall(scores, outcomes);
  const Interval interval = correlation_interval(scores, outcomes, spearman_of_codes);
  agreement.low = interval.low;
  agreement.high = interval.high;
  agreement.top = std::max(1, (agreement.n + 5) / 10);
  agreement.top_overlap = top_overlap(scores, outcomes, agreement.top);
  agreement.regret = top_regret(scores, outcomes, agreement.top).best;
  return agreement;
}

void measure_agreement(Ranking& ranking) {
  for (std::size_t i = 0; i < ranking.estimators.size(); ++i)
    ranking.agreements.push_back(
        agree(ranking, ranking.estimators[i], [i](const RankedTrial& r) { return r.scores[i]; }));
  // the baselines are measured on the trials that the first estimator was, or they would not compare
  const auto baseline = [&](std::string name, std::int64_t RankedTrial::* count) {
    if (std::ranges::find(ranking.estimators, name) != ranking.estimators.end()) return;
    ranking.agreements.push_back(agree(ranking, std::move(name), [count](const RankedTrial& r) {
      return std::isnan(r.scores.front()) ? kMissing : static_cast<double>(r.*count);
    }));
  };
  baseline("params", &RankedTrial::params);
  baseline("macs", &RankedTrial::macs);
}

}  // namespace

Ranking make_ranking(const std::vector<Trial>& trials, const Space& space, const Task& task,
                     const RankingOptions& options) {
  if (options.estimators.empty()) throw UsageError("rank", "expected at least one estimator; got none");
  for (const auto& name : options.estimators) {  // even where there is no trial yet
    if (fitted_estimators().knows(name)) {
      (void)fitted_estimators().make(name);
    } else {
      (void)make_predictor(name);
    }
  }

  Ranking ranking{.study = options.study,
                  .space = space.spec(),
                  .data = trials.empty() ? "" : trials.front().job.data,
                  .split = options.split,
                  .seed = options.seed,
                  .recipe = options.recipe,
                  .epochs = 0,
                  .schedule_epochs = trials.empty() ? 0 : trials.front().job.recipe.schedule_epochs,
                  .estimators = options.estimators,
                  .trials = {},
                  .order = {},
                  .outcome = {},
                  .agreements = {},
                  .manifest = options.manifest};
  for (const Trial& trial : trials) {
    ranking.epochs = std::max(ranking.epochs, trial.job.budget.epochs);
    ranking.trials.push_back(describe(trial, space, task));
  }
  score(ranking);
  rank(ranking);
  find_outcomes(ranking, task.classes, options);
  if (ranking.outcome) measure_agreement(ranking);
  return ranking;
}

std::string_view status_name(const Trial& trial) {
  switch (trial.state) {
    case TrialState::waiting:
      return "waiting";
    case TrialState::running:
      return "running";
    case TrialState::finished:
      break;
  }
  return to_text(trial.trace.status);
}

double last_train_loss(const Trial& trial) {
  const std::vector<double> losses = epoch_losses(trial.trace);
  return losses.empty() ? kMissing : losses.back();
}

double images_per_second(const Ranking& ranking) {
  double images = 0;
  double seconds = 0;
  for (const RankedTrial& ranked : ranking.trials) {
    images += static_cast<double>(ranked.trial.trace.images);
    seconds += ranked.trial.trace.seconds;
  }
  return seconds > 0 ? images / seconds : kMissing;
}

}  // namespace tse
