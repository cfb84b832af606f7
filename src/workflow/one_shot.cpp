#include "tse/workflow/one_shot.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/path.h"
#include "tse/data/data.h"
#include "tse/estimate/estimator.h"
#include "tse/estimate/fitted.h"
#include "tse/estimate/record.h"
#include "tse/paths/sampler.h"
#include "tse/rank/bootstrap.h"
#include "tse/rank/correlation.h"
#include "tse/rank/mean.h"
#include "tse/rank/top.h"
#include "tse/rank/truth.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"
#include "tse/study/one_shot.h"
#include "tse/study/study.h"
#include "tse/trial/checkpoint.h"
#include "tse/trial/zero_cost.h"
#include "tse/workflow/present.h"
#include "tse/workflow/task.h"
#include "tse/workflow/training_options.h"

namespace tse {
namespace {

constexpr int kTop = 10;

/// A number of a candidate after some mini-batches that is held against the outcomes.
struct Score {
  std::string name;
  std::shared_ptr<const Estimator> estimator = {};     // of each on its own
  std::shared_ptr<const FittedEstimator> fitted = {};  // or of all together
  std::string validation = "valid";                    // the split whose evaluations it looks at
};

/// SoVL is of one mini-batch of validation images per step (arXiv 2006.04492, Table 4); of the validation accuracy both
/// that of all images and the much cheaper one of a mini-batch are shown.
std::vector<Score> scores_of(const Plan& plan) {
  std::vector<Score> list;
  for (const std::string& name : plan.estimators) {
    if (is_zero_cost(name)) continue;  // no matter of mini-batches
    if (fitted_estimators().knows(name)) {
      list.push_back({.name = name, .fitted = fitted_estimators().make(name)});
      continue;
    }
    const bool sums = name.starts_with("valid-loss-sum");
    list.push_back({.name = name, .estimator = make_estimator(name), .validation = sums ? "valid-batches" : "valid"});
    if (name == "valid-accuracy")
      list.push_back({.name = name + " of a batch", .estimator = list.back().estimator, .validation = "valid-batch"});
  }
  return list;
}

double score_of(const Score& score, const Trace& trace, int epochs) {
  if (score.validation == "valid") return score.estimator->score(trace, epochs);
  Trace seen = trace;
  std::erase_if(seen.evaluations, [&](const Evaluation& each) { return each.split != score.validation; });
  for (Evaluation& each : seen.evaluations) each.split = "valid";
  return score.estimator->score(seen, epochs);
}

/// NaN for those that have no trace, or no score.
std::vector<double> scores_by(const Score& score, const std::vector<const Trace*>& traces, const Columns& columns,
                              int epochs) {
  std::vector<double> scores(traces.size(), kMissing);
  if (score.estimator) {
    for (std::size_t i = 0; i < traces.size(); ++i)
      if (traces[i] != nullptr) scores[i] = score_of(score, *traces[i], epochs);
    return scores;
  }
  std::vector<Curves> curves(traces.size());
  std::vector<Record> records;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    if (traces[i] == nullptr) continue;
    curves[i] = curves_of(*traces[i]);
    Record record = record_of(*traces[i], curves[i]);
    record.columns = &columns;
    record.row = i;
    records.push_back(record);
    places.push_back(i);
  }
  const std::vector<double> known = score.fitted->scores(records, epochs, 1);
  for (std::size_t k = 0; k < known.size(); ++k) scores[places[k]] = known[k];
  return scores;
}

/// How many candidates stand in for all of them where it is checked whether a score says anything.
constexpr std::size_t kPlain = 2;

/// Of a candidate that went as the plan says, with losses of 1.
Trace plain_trace(const Plan& plan) {
  const int batches = batches_of_epoch(*plan.one_shot);
  Trace trace{.status = TraceStatus::ok, .train_images = batches, .batch = 1};
  trace.step_loss.assign(static_cast<std::size_t>(plan.budget.epochs * batches), 1.0);
  const bool holds_out = holds_out_images(plan);
  for (int t = 1; t <= plan.budget.epochs; ++t) {
    const bool valid = plan.budget.valid_every > 0 && t % plan.budget.valid_every == 0;
    if (valid) trace.evaluations.push_back({.split = "valid", .epoch = t, .loss = 1, .accuracy = 0.5});
    if (holds_out) trace.evaluations.push_back({.split = "valid-batches", .epoch = t, .loss = 1, .accuracy = 0.5});
  }
  return trace;
}

/// Pairs of a score and an outcome, both higher is better, where both are known.
struct Pairs {
  std::vector<double> scores;
  std::vector<double> outcomes;

  void add(double score, std::optional<double> outcome) {
    if (std::isnan(score) || !outcome) return;
    scores.push_back(score);
    outcomes.push_back(*outcome);
  }
};

void hold(OneShotAgreement& agreement, const Pairs& pairs, bool lower) {
  agreement.candidates = static_cast<int>(pairs.scores.size());
  agreement.spearman.push_back(spearman(pairs.scores, pairs.outcomes));
  agreement.kendall.push_back(kendall(pairs.scores, pairs.outcomes));
  agreement.intervals.push_back(correlation_interval(pairs.scores, pairs.outcomes, spearman_of_codes));
  const double top = top_mean(pairs.scores, pairs.outcomes, kTop);
  agreement.top.push_back(lower ? -top : top);
}

/// What the study's trials make, without words.
class Results {
 public:
  Results(const std::vector<Trial>& trials, const Plan& plan, const Space& space, const Task& task)
      : one_shot_(*plan.one_shot) {
    traces_.assign(static_cast<std::size_t>(one_shot_.supernets),
                   std::vector<const Trace*>(one_shot_.archs.size(), nullptr));
    for (const Trial& trial : trials) {
      const OneShotPlace place = one_shot_place(one_shot_, trial.job.number);
      if (!place.candidate || trial.state != TrialState::finished) continue;
      traces_[static_cast<std::size_t>(place.supernet)][static_cast<std::size_t>(*place.candidate)] = &trial.trace;
    }
    describe(plan, space, task);
    if (plan.truth.is_null()) return;
    const Truth truth = truth_from_json(plan.truth, "plan");
    lower_ = truth.lower;
    for (const std::string& arch : one_shot_.archs) {
      const auto found = truth.outcome.find(arch);
      outcomes_.push_back(found == truth.outcome.end() ? std::nullopt
                                                       : std::optional(lower_ ? -found->second : found->second));
    }
  }

  bool lower() const { return lower_; }
  const std::vector<std::optional<double>>& outcomes() const { return outcomes_; }

  /// Numbers of the architectures themselves, by name: what their graphs say, and zero-cost scores as far as they are
  /// computed; they are the same under every super-network.
  const Columns& columns() const { return columns_; }

  /// Of a super-network's candidates, NaN where there is none yet.
  std::vector<double> scores(const Score& score, int supernet, int epochs) const {
    return scores_by(score, traces_[static_cast<std::size_t>(supernet)], columns_, epochs);
  }

  int scored() const {
    int count = 0;
    for (const auto& of_supernet : traces_)
      count +=
          static_cast<int>(std::ranges::count_if(of_supernet, [](const Trace* trace) { return trace != nullptr; }));
    return count;
  }

  /// One score after so many mini-batches, by super-network as far as there are candidates.
  OneShotAgreement agreement(const Score& score, int batches) const {
    OneShotAgreement agreement{.score = score.name, .batches = batches};
    const int epochs = batches / batches_of_epoch(one_shot_);
    for (int supernet = 0; supernet < one_shot_.supernets; ++supernet) {
      std::vector<double> known = scores(score, supernet, epochs);
      Pairs pairs;
      for (std::size_t i = 0; i < outcomes_.size(); ++i) pairs.add(known[i], outcomes_[i]);
      if (pairs.scores.empty()) continue;
      hold(agreement, pairs, lower_);
      agreement.scores.push_back(std::move(known));
    }
    return agreement;
  }

  /// One of the columns.
  OneShotAgreement reference(const std::string& name) const {
    const std::vector<double>& values = columns_.at(name);
    OneShotAgreement agreement{.score = name};
    Pairs pairs;
    for (std::size_t i = 0; i < outcomes_.size(); ++i) pairs.add(values[i], outcomes_[i]);
    if (!pairs.scores.empty()) hold(agreement, pairs, lower_);
    agreement.scores = {values};
    return agreement;
  }

 private:
  void describe(const Plan& plan, const Space& space, const Task& task) {
    for (const std::string& arch : one_shot_.archs) {
      const Graph graph = space.lower({arch}, task);
      columns_["params"].push_back(static_cast<double>(parameters(graph)));
      columns_["macs"].push_back(static_cast<double>(macs(graph)));
    }
    for (const std::string& name : plan.scores) columns_[name].assign(one_shot_.archs.size(), kMissing);
    for (const auto& of_supernet : traces_) {
      for (std::size_t i = 0; i < of_supernet.size(); ++i) {
        if (of_supernet[i] == nullptr) continue;
        for (const StaticScore& each : of_supernet[i]->scores) columns_.at(each.name).at(i) = each.value;
      }
    }
  }

  const OneShotPlan& one_shot_;
  std::vector<std::vector<const Trace*>> traces_;  // by super-network, then candidate; null where there is none yet
  Columns columns_;
  std::vector<std::optional<double>> outcomes_;  // higher is better; empty without a table
  bool lower_ = false;
};

Task recorded_task(Store& store, const std::string& study, OneShotView& view) {
  const auto record = store.recall("data");
  if (!record) return {};
  const DataRecord data = data_record_from_json(*record, study);
  view.split = split_text(data);
  view.manifest["data_digest"] = data.digest;
  return data.task;
}

void hold_against_outcomes(OneShotView& view, const Results& results, const Plan& plan) {
  const Truth truth = truth_from_json(plan.truth, view.study);
  view.outcome = Outcome{.name = truth.column,
                         .run = fmt::format("the trainings behind {}", truth.source),
                         .lower_is_better = truth.lower};
  for (const Score& score : scores_of(plan)) {
    for (const int batches : view.batches) view.agreements.push_back(results.agreement(score, batches));
  }
  view.references = {results.reference("params"), results.reference("macs")};
  for (const std::string& name : plan.scores) view.references.push_back(results.reference(name));
  std::vector<double> outcomes;
  for (const std::optional<double>& outcome : results.outcomes())
    if (outcome) outcomes.push_back(*outcome);
  const double sign = results.lower() ? -1 : 1;
  view.oracle = sign * top_mean(outcomes, outcomes, kTop);
  view.all = sign * mean(outcomes);
}

}  // namespace

void expect_one_shot(const Plan& plan) {
  const std::shared_ptr<const Space> space = make_space(plan.space);
  const Task task = task_of(make_data(plan.data)->facts());
  (void)space->mixed(task, Norms::batch);
  (void)make_path_rule(plan.one_shot->sampler)->begin(space, task, plan.seed);
  for (const std::string& name : plan.estimators) {
    if (estimators().knows(name) && make_estimator(name)->sees_the_end())
      throw UsageError("--estimator", "expected one that looks at a candidate's first mini-batches; got {}", name);
  }
  const std::vector<Score> all = scores_of(plan);
  const std::string& ranker = plan.estimators.front();
  const Trace plain = plain_trace(plan);
  Columns columns;
  for (const std::string& name : plan.scores) columns[name].assign(kPlain, 1);
  if (all.empty() || all.front().name != ranker ||
      std::isnan(scores_by(all.front(), {kPlain, &plain}, columns, plan.budget.epochs).front()))
    throw UsageError("--estimator",
                     "expected first one that a candidate's mini-batches give; they give nothing for {}: validation "
                     "needs images that --data holds out, and --valid-every",
                     ranker);
}

std::string checked_supernet(const std::string& file, const std::string& space) {
  const std::filesystem::path whole = resolved_path(file, "--supernet");
  expect_supernet(map_checkpoint(whole), space);
  return whole.string();
}

OneShotView one_shot_view(Store& store, const Plan& plan, const std::string& study) {
  const OneShotPlan& one_shot = *plan.one_shot;
  OneShotView view{.study = study,
                   .space = plan.space,
                   .data = plan.data,
                   .recipe = plan.recipe,
                   .candidate_recipe = one_shot.recipe,
                   .sampler = one_shot.sampler,
                   .seed = plan.seed,
                   .supernets = one_shot.supernets,
                   .epochs = one_shot.epochs,
                   .batches = one_shot.batches,
                   .estimators = plan.estimators,
                   .archs = one_shot.archs,
                   .manifest = plan.manifest};
  const Task task = recorded_task(store, study, view);
  if (const auto engine = store.recall("engine")) view.manifest["engine"] = *engine;
  view.manifest["command_line"] = fmt::format("{}", fmt::join(plan.command_line, " "));
  const std::shared_ptr<const Space> space = make_space(plan.space);
  const std::vector<Trial> trials = store.trials(true);
  const Results results(trials, plan, *space, task);
  for (const Trial& trial : trials) {
    if (trial.job.number >= one_shot.supernets || trial.state != TrialState::finished) continue;
    ++view.trained;
    view.files.push_back(checkpoint_file(study, trial.job.number).string());
  }
  view.scored = results.scored();
  if (!plan.truth.is_null()) hold_against_outcomes(view, results, plan);

  const Score first = scores_of(plan).front();
  const int epochs = view.batches.back() / batches_of_epoch(one_shot);
  std::vector<std::vector<double>> scores;  // by super-network
  for (int supernet = 0; supernet < one_shot.supernets; ++supernet)
    scores.push_back(results.scores(first, supernet, epochs));
  for (std::size_t i = 0; i < one_shot.archs.size(); ++i) {
    OneShotCandidate candidate{.arch = {one_shot.archs[i]},
                               .params = static_cast<std::int64_t>(results.columns().at("params")[i])};
    std::vector<double> known;
    for (const std::vector<double>& of_supernet : scores) {
      candidate.scores.push_back(of_supernet[i]);
      if (!std::isnan(of_supernet[i])) known.push_back(of_supernet[i]);
    }
    candidate.score = mean(known);
    if (!results.outcomes().empty() && results.outcomes()[i])
      candidate.outcome = results.lower() ? -*results.outcomes()[i] : *results.outcomes()[i];
    view.candidates.push_back(std::move(candidate));
  }
  std::ranges::stable_sort(view.candidates, std::ranges::greater{}, [](const OneShotCandidate& candidate) {
    return std::isnan(candidate.score) ? -HUGE_VAL : round_for_ranking(candidate.score);
  });
  if (view.scored > 0) view.drawing = space->draw(view.candidates.front().arch);
  return view;
}

StudyProgress one_shot_progress(const std::vector<Trial>& trials, const Plan& plan) {
  const OneShotPlan& one_shot = *plan.one_shot;
  const int to_come = one_shot_trials(one_shot) - static_cast<int>(trials.size());
  StudyProgress progress = study_progress(trials, {.trials = to_come, .epochs = 0});
  // how many steps a super-network takes is known once one has begun; each is of several paths
  constexpr double kLikelySteps = 400;  // of an epoch
  const double paths = make_path_rule(one_shot.sampler)->count(*make_space(plan.space));
  double steps = 0;
  for (const Trial& trial : trials) {
    if (trial.job.number < one_shot.supernets) steps = std::max(steps, static_cast<double>(trial.progress.steps_total));
  }
  if (steps == 0) steps = kLikelySteps * one_shot.epochs;
  double all = to_come * static_cast<double>(one_shot.batches.back());
  double done = 0;
  for (const Trial& trial : trials) {
    const double weight = trial.job.number < one_shot.supernets ? paths * steps : one_shot.batches.back();
    const bool runs = trial.state == TrialState::running && trial.progress.steps_total > 0;
    const double share =
        trial.state == TrialState::finished ? 1
        : runs ? static_cast<double>(trial.progress.steps) / static_cast<double>(trial.progress.steps_total)
               : 0;
    all += weight;
    done += share * weight;
  }
  progress.done = all > 0 ? done / all : 1;
  progress.remaining_seconds.reset();  // whoever shows it knows how fast it gets on
  return progress;
}

}  // namespace tse
