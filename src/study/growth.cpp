#include "tse/study/growth.h"

#include <algorithm>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/missing.h"
#include "tse/base/random.h"
#include "tse/estimate/estimator.h"
#include "tse/search/listed.h"
#include "tse/space/space.h"
#include "tse/study/early_stop.h"
#include "tse/study/one_shot.h"

namespace tse {
namespace {

constexpr const char* kEndFact = "search_end";
constexpr const char* kFinalsFact = "search_finals";  // how many there are
constexpr const char* kOtherVersion = "Was it begun by another version of tse?";
constexpr int kMostIdle = 1000;  // proposals in a row of what is known: the search has nothing new to say

std::unique_ptr<Searcher> searcher_of(const Plan& plan, const Domain& domain) {
  if (!plan.search->archs.empty()) {
    std::vector<Arch> archs;
    for (const std::string& arch : plan.search->archs) archs.push_back({arch});
    return std::make_unique<Listed>(std::move(archs));
  }
  return make_algorithm(plan.search->algo)
      ->begin(domain, derive_seed(plan.seed, "search"), static_cast<int>(plan.search->objectives.size()));
}

Halving halving_of(const Plan& plan) {
  const int eta = plan.search->halving;
  return {eta, eta > 0 ? rungs_of(plan.search->first_rung, eta, plan.budget.epochs) : std::vector<int>()};
}

/// The last one, where it was begun and not completed, in part.
double epochs_trained(const Trace& trace) {
  const int steps = steps_per_epoch(trace);
  return steps > 0 ? static_cast<double>(trace.step_loss.size()) / steps : 0;
}

SearchTrial entry_of(const Trial& trial, const TrialScores& scores) {
  SearchTrial entry{.number = trial.job.number,
                    .arch = trial.job.arch,
                    .scores = {},
                    .status = trial.trace.status,
                    .epochs = trial.job.same_as ? 0.0 : epochs_trained(trial.trace),
                    .seconds = trial.trace.seconds,
                    .same_as = trial.job.same_as};
  if (trial.state == TrialState::finished) entry.scores = scores(trial);
  return entry;
}

}  // namespace

std::optional<SearchEnd> search_end(Store& store) {
  const auto fact = store.recall(kEndFact);
  if (!fact) return std::nullopt;
  SearchEnd end{.trials = member<int>(*fact, "trials", kEndFact),
                .reason = member<std::string>(*fact, "reason", kEndFact)};
  if (end.trials < 0 || end.trials > store.count())
    throw DataError(kEndFact, "expected trials in [0, {}], which the study has; got {}", store.count(), end.trials);
  return end;
}

bool finals_to_come(Store& store, const Plan& plan) {
  if (!plan.search || plan.search->final_epochs == 0) return false;
  const auto end = search_end(store);
  return !end || (store.count() == end->trials && !store.recall(kFinalsFact));
}

bool goes_on(Store& store, const Plan& plan) {
  if (store.unfinished() > 0) return true;
  if (plan.one_shot) return store.count() < one_shot_trials(*plan.one_shot);
  if (!plan.search) return false;
  return !search_end(store) || finals_to_come(store, plan);
}

SearchHistory history_of(const std::vector<Trial>& trials, std::size_t count, const TrialScores& scores) {
  SearchHistory history;
  for (std::size_t i = 0; i < std::min(count, trials.size()); ++i) history.push_back(entry_of(trials[i], scores));
  return history;
}

Growth::Growth(Store& store, const Plan& plan, Settings settings)
    : store_(store),
      plan_(plan),
      settings_(std::move(settings)),
      budget_(parse_search_budget(plan.search->budget, "budget")),
      search_(searcher_of(plan, settings_.domain), plan.search->window),
      halving_(halving_of(plan)),
      end_(search_end(store)) {
  if (!halving_.rungs().empty()) rung_estimator_ = make_estimator(plan.search->objectives.front());
}

double Growth::spent() const {
  if (end_) return 1;
  const auto share = [](double part, double whole) { return std::clamp(part / whole, 0.0, 1.0); };
  if (budget_.trials) return share(static_cast<double>(history_.size()), *budget_.trials);
  if (budget_.epochs) return share(epochs_charged(), *budget_.epochs);
  return share(settings_.elapsed(), *budget_.seconds);
}

bool Growth::grow() {
  states_.clear();
  for (const Trial& trial : store_.trials(false)) states_.push_back(trial.state);
  tell();
  const std::size_t limit = end_ ? static_cast<std::size_t>(end_->trials) : states_.size();
  for (;;) {
    const bool again = history_.size() < limit;  // proposed before this search was last stopped
    if (end_ && !again) return begin_finals();
    const bool ready = search_.told() >= search_.needed();
    if (!again && (ready || !budget_.epochs) && over_budget()) {
      end_with("the budget is spent");
      continue;
    }
    if (!ready) return true;
    if (!again && unfinished() >= settings_.ahead) return true;
    if (!proposal_) proposal_ = search_.ask();
    if (!proposal_ && again) {
      throw DataError(settings_.study, "expected no trial {}, as the search proposes nothing more. {}", history_.size(),
                      kOtherVersion);
    }
    if (!proposal_) {
      end_with("nothing is left to propose");
      continue;
    }
    if (!place(*proposal_)) return true;
    proposal_.reset();
    tell();
    if (idle_ >= kMostIdle && !again) end_with("nothing new was proposed for a long time");
  }
}

/// What ends the next trial early, from the results that it may depend on.
std::optional<EarlyStop> Growth::early_stop() const {
  const SearchPlan& plan = *plan_.search;
  if (plan.race == 0 && plan.halving == 0) return std::nullopt;
  EarlyStop stop{.estimator = plan.objectives.front()};
  stop.rungs = halving_.needed(known());
  if (plan.race > 0) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < known(); ++i) {
      if (history_[i].status == TraceStatus::ok && !history_[i].same_as) scores.push_back(history_[i].scores.front());
    }
    stop.race = kth_best(std::move(scores), plan.race);
  }
  if (stop.rungs.empty() && !stop.race) return std::nullopt;
  return stop;
}

int Growth::unfinished() const {
  return static_cast<int>(
      std::ranges::count_if(states_, [](TrialState state) { return state != TrialState::finished; }));
}

/// Takes the results that are known, in the order of the trials, and tells the search of them.
void Growth::tell() {
  while (search_.told() < history_.size() && states_[search_.told()] == TrialState::finished) {
    const std::size_t number = search_.told();
    const Trial trial = store_.trial(static_cast<int>(number));
    history_[number] = entry_of(trial, settings_.scores);
    halving_.tell(rung_scores(trial));
    search_.tell({.arch = trial.job.arch, .scores = history_[number].scores});
  }
}

/// Of what was trained, at the rungs that it reached; where it diverged on the way to one, at that too.
std::vector<double> Growth::rung_scores(const Trial& trial) const {
  std::vector<double> scores;
  if (trial.job.same_as) return scores;
  for (const int rung : halving_.rungs()) {
    const bool reached = epochs(trial.trace) >= rung;
    if (reached || trial.trace.status == TraceStatus::diverged)
      scores.push_back(rung_estimator_->score(trial.trace, rung));
    if (!reached) break;
  }
  return scores;
}

/// Results that the next trial may depend on.
std::size_t Growth::known() const {
  const std::size_t after = history_.size() + 1;
  return after - std::min(after, static_cast<std::size_t>(plan_.search->window));
}

/// Of all trials so far: what those took that may be known, and the whole budget of the others.
double Growth::epochs_charged() const {
  double epochs = 0;
  for (std::size_t i = 0; i < history_.size(); ++i) {
    if (history_[i].same_as) continue;
    epochs += i < known() && i < search_.told() ? history_[i].epochs : plan_.budget.epochs;
  }
  return epochs;
}

bool Growth::over_budget() const {
  if (budget_.trials) return history_.size() >= static_cast<std::size_t>(*budget_.trials);
  if (budget_.epochs) return epochs_charged() + plan_.budget.epochs > *budget_.epochs;
  return settings_.elapsed() >= *budget_.seconds;
}

/// Makes it the next trial. False where it must wait for the trial whose result it shares.
bool Growth::place(const Arch& arch) {
  const int number = static_cast<int>(history_.size());
  Job job = make_job(plan_, arch, number);
  if (const SearchPlan& search = *plan_.search; !search.supernet.empty())
    inherit(job, {.file = search.supernet, .batches = search.batches}, "candidate", plan_.seed);
  // of a super-network isomorphic architectures inherit weights of their own
  const bool inherits = !plan_.search->supernet.empty();
  const auto [form, is_new] =
      forms_.try_emplace(inherits ? arch.text : settings_.domain.space().canonical(arch), number);
  const bool shares = !is_new && plan_.search->reuse;
  if (shares && states_[static_cast<std::size_t>(form->second)] != TrialState::finished) return false;
  if (shares) job.same_as = form->second;
  if (!shares) job.early_stop = early_stop();
  const bool there_already = static_cast<std::size_t>(number) < states_.size();
  if (there_already) {
    const Job there = store_.trial(number).job;
    if (there != job) {
      throw DataError(settings_.study, "expected {} as trial {}, as the search proposes it; got {}. {}", arch.text,
                      number, there.arch.text, kOtherVersion);
    }
  } else if (shares) {
    Trace trace = store_.trial(form->second).trace;
    trace.seconds = 0;
    trace.images = 0;
    store_.append_finished(job, trace);
    states_.push_back(TrialState::finished);
  } else {
    store_.append({job});
    states_.push_back(TrialState::waiting);
  }
  idle_ = shares ? idle_ + 1 : 0;
  history_.push_back(
      {.number = number, .arch = arch, .scores = {}, .status = TraceStatus::running, .same_as = job.same_as});
  return true;
}

void Growth::end_with(const std::string& reason) {
  const Json fact = {{"trials", history_.size()}, {"reason", reason}};
  store_.remember(kEndFact, fact);
  end_ = SearchEnd{.trials = static_cast<int>(history_.size()), .reason = reason};
}

/// Trains the winner, and whom it is compared with, to the end once all trials are known.
bool Growth::begin_finals() {
  if (!settings_.finalists || !finals_to_come(store_, plan_)) return false;
  if (search_.told() < history_.size()) return true;
  const int before = static_cast<int>(history_.size());
  std::vector<Job> jobs;
  for (const Arch& arch : settings_.finalists(store_.trials(true))) {
    Job job = make_job(plan_, arch, before + static_cast<int>(jobs.size()));
    job.recipe.schedule_epochs = plan_.search->final_epochs;
    job.budget.epochs = plan_.search->final_epochs;
    job.budget.test_at_end = true;
    job.budget.keep_weights = true;
    jobs.push_back(std::move(job));
  }
  store_.append(jobs);
  store_.remember(kFinalsFact, jobs.size());
  return false;
}

}  // namespace tse
