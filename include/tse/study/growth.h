#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tse/estimate/estimator.h"
#include "tse/search/budget.h"
#include "tse/search/domain.h"
#include "tse/search/halving.h"
#include "tse/search/history.h"
#include "tse/search/window.h"
#include "tse/store/store.h"
#include "tse/study/plan.h"

namespace tse {

/// How a search ended: what it remembers of that in its study.
struct SearchEnd {
  int trials = 0;      // that it proposed; those beyond are trainings of the winner
  std::string reason;  // in words
};

/// Nothing while the search goes on.
std::optional<SearchEnd> search_end(Store& store);

/// Whether the winner of a search is yet to be trained to the end, as its plan says.
bool finals_to_come(Store& store, const Plan& plan);

/// Whether the study has trials to do, or may get some.
bool goes_on(Store& store, const Plan& plan);

/// The scores of a trial that has ended, one per objective, higher is better; NaN where it failed. Asked of each trial
/// once, in their order, so that a score may depend on those before.
using TrialScores = std::function<std::vector<double>(const Trial&)>;

/// The first `count` trials of a study as the history of its search, with scores of those that have ended.
SearchHistory history_of(const std::vector<Trial>& trials, std::size_t count, const TrialScores& scores);

/// Lets a study grow by what a search proposes. Trial n is proposed from the results of trials up to n - window alone,
/// so any number of workers makes the same study, and one that was stopped goes on as if it had not been: a new object
/// asks the search anew for the trials that are there, tells it their results, and goes on from there. An architecture
/// whose canonical form was trained already gets that result, and costs nothing.
class Growth {
 public:
  struct Settings {
    Domain domain;
    TrialScores scores;
    std::string study = "study";              // its name, for errors
    int ahead = 8;                            // trials that wait or run, at the most
    std::function<double()> elapsed;          // seconds that the search has run, of all its parts
    std::function<std::string()> doing = {};  // before it proposes, in words
    std::function<std::vector<Arch>(const std::vector<Trial>&)> finalists = {};  // whom to train to the end
  };

  /// The plan must be one of a search. DataError, when it grows, where the trials there are not those that it proposes.
  Growth(Store& store, const Plan& plan, Settings settings);

  /// Looks at what has ended since, and appends what can be begun by now. False once nothing more will come.
  bool grow();

  /// Of the trials so far.
  const SearchHistory& history() const { return history_; }

  const SearchBudget& budget() const { return budget_; }

  /// Nothing while it proposes.
  const std::optional<SearchEnd>& end() const { return end_; }

  /// What it does before it proposes the next trial, in words; empty where that takes no time.
  std::string doing() const { return settings_.doing ? settings_.doing() : ""; }

  /// Of the budget, in [0, 1].
  double spent() const;

 private:
  std::size_t known() const;
  double epochs_charged() const;
  std::optional<EarlyStop> early_stop() const;
  std::vector<double> rung_scores(const Trial& trial) const;
  int unfinished() const;
  void tell();
  bool over_budget() const;
  bool place(const Arch& arch);
  void end_with(const std::string& reason);
  bool begin_finals();

  Store& store_;
  Plan plan_;
  Settings settings_;
  SearchBudget budget_;
  WindowedSearch search_;
  SearchHistory history_;
  std::vector<TrialState> states_;  // of the trials that the study has
  std::shared_ptr<const Estimator> rung_estimator_;
  Halving halving_;
  std::map<std::string, int> forms_;  // by canonical form, the first trial of it
  std::optional<Arch> proposal_;      // that waits for the trial whose result it shares
  int idle_ = 0;                      // proposals in a row that needed no training
  std::optional<SearchEnd> end_;
};

}  // namespace tse
