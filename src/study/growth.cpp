#include "tse/study/growth.h"

#include <algorithm>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/missing.h"
#include "tse/base/random.h"
#include "tse/space/space.h"

namespace tse {
namespace {

constexpr const char* kEndFact = "search_end";
constexpr int kMostIdle = 1000;  // proposals in a row of what is known: the search has nothing new to say

std::unique_ptr<Searcher> searcher_of(const Plan& plan, const Domain& domain) {
  return make_algorithm(plan.search->algo)
      ->begin(domain, derive_seed(plan.seed, "search"), static_cast<int>(plan.search->objectives.size()));
}

SearchTrial entry_of(const Trial& trial, const TrialScores& scores) {
  SearchTrial entry{.number = trial.job.number,
                    .arch = trial.job.arch,
                    .scores = {},
                    .status = trial.trace.status,
                    .epochs = trial.job.same_as ? 0.0 : static_cast<double>(epochs(trial.trace)),
                    .seconds = trial.trace.seconds,
                    .same_as = trial.job.same_as};
  if (trial.state == TrialState::finished) entry.scores = scores(trial);
  return entry;
}

}  // namespace

std::optional<SearchEnd> search_end(Store& store) {
  const auto fact = store.recall(kEndFact);
  if (!fact) return std::nullopt;
  return SearchEnd{.trials = member<int>(*fact, "trials", kEndFact),
                   .reason = member<std::string>(*fact, "reason", kEndFact)};
}

bool goes_on(Store& store, const Plan& plan) {
  if (store.unfinished() > 0) return true;
  if (!plan.search) return false;
  const auto end = search_end(store);
  if (!end) return true;
  return plan.search->final_epochs > 0 && end->trials > 0 && store.count() == end->trials;
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
      end_(search_end(store)) {}

double Growth::spent() const {
  if (end_) return 1;
  const auto share = [](double part, double whole) { return std::clamp(part / whole, 0.0, 1.0); };
  if (budget_.trials) return share(static_cast<double>(history_.size()), *budget_.trials);
  if (budget_.epochs) return share(trained_ * static_cast<double>(plan_.budget.epochs), *budget_.epochs);
  return share(settings_.elapsed(), *budget_.seconds);
}

bool Growth::grow() {
  states_.clear();
  for (const Trial& trial : store_.trials(false)) states_.push_back(trial.state);
  for (std::size_t i = 0; i < history_.size(); ++i) observe(i);
  tell();
  const std::size_t limit = end_ ? static_cast<std::size_t>(end_->trials) : states_.size();
  for (;;) {
    const bool again = history_.size() < limit;  // proposed before this search was last stopped
    if (end_ && !again) return begin_finals();
    if (!again && over_budget()) {
      end("the budget is spent");
      continue;
    }
    if (search_.told() < search_.needed()) return true;
    if (!again && unfinished() >= settings_.ahead) return true;
    if (!proposal_) proposal_ = search_.ask();
    if (!proposal_) {
      end("nothing is left to propose");
      continue;
    }
    if (!place(*proposal_)) return true;
    proposal_.reset();
    tell();
    if (idle_ >= kMostIdle && !again) end("nothing new was proposed for a long time");
  }
}

int Growth::unfinished() const { return static_cast<int>(std::ranges::count(observed_, false)); }

/// Takes the result of a trial where it has one by now.
void Growth::observe(std::size_t trial) {
  if (observed_[trial] || states_[trial] != TrialState::finished) return;
  history_[trial] = entry_of(store_.trial(static_cast<int>(trial)), settings_.scores);
  observed_[trial] = true;
}

void Growth::tell() {
  while (search_.told() < history_.size() && observed_[search_.told()]) {
    const SearchTrial& trial = history_[search_.told()];
    search_.tell({.arch = trial.arch, .scores = trial.scores});
  }
}

bool Growth::over_budget() const {
  if (budget_.trials) return history_.size() >= static_cast<std::size_t>(*budget_.trials);
  if (budget_.epochs) return (trained_ + 1) * static_cast<double>(plan_.budget.epochs) > *budget_.epochs;
  return settings_.elapsed() >= *budget_.seconds;
}

/// Makes it the next trial. False where it must wait for the trial whose result it shares.
bool Growth::place(const Arch& arch) {
  const int number = static_cast<int>(history_.size());
  Job job = make_job(plan_, arch, number);
  const auto [form, is_new] = forms_.try_emplace(settings_.domain.space().canonical(arch), number);
  const bool shares = !is_new && plan_.search->reuse;
  if (shares && !observed_[static_cast<std::size_t>(form->second)]) return false;
  if (shares) job.same_as = form->second;
  const bool there_already = static_cast<std::size_t>(number) < states_.size();
  if (there_already) {
    const Job there = store_.trial(number).job;
    if (there != job) {
      throw DataError("study",
                      "expected {} as trial {}, as the search proposes it; got {}. Was it begun by another "
                      "version of tse?",
                      arch.text, number, there.arch.text);
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
  trained_ += shares ? 0 : 1;
  idle_ = shares ? idle_ + 1 : 0;
  history_.push_back(
      {.number = number, .arch = arch, .scores = {}, .status = TraceStatus::running, .same_as = job.same_as});
  observed_.push_back(false);
  observe(history_.size() - 1);
  return true;
}

void Growth::end(const std::string& reason) {
  const Json fact = {{"trials", history_.size()}, {"reason", reason}};
  store_.remember(kEndFact, fact);
  end_ = SearchEnd{.trials = static_cast<int>(history_.size()), .reason = reason};
}

/// Trains the winner, and whom it is compared with, to the end once all trials are known.
bool Growth::begin_finals() {
  if (plan_.search->final_epochs == 0 || !settings_.finalists) return false;
  if (search_.told() < history_.size()) return true;
  const int before = static_cast<int>(history_.size());
  if (store_.count() > before) return false;
  std::vector<Job> jobs;
  for (const Arch& arch : settings_.finalists(history_)) {
    Job job = make_job(plan_, arch, before + static_cast<int>(jobs.size()));
    job.recipe.schedule_epochs = plan_.search->final_epochs;
    job.budget.epochs = plan_.search->final_epochs;
    job.budget.test_at_end = true;
    job.budget.keep_weights = true;
    jobs.push_back(std::move(job));
  }
  store_.append(jobs);
  return false;
}

}  // namespace tse
