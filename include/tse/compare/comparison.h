#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tse/base/missing.h"
#include "tse/estimate/effective_budget.h"
#include "tse/estimate/runs.h"
#include "tse/rank/bootstrap.h"

namespace tse {

/// How well one estimator orders the trainings after one budget, against the outcome turned so that higher is better.
struct ComparisonRow {
  std::string estimator;        // as asked for
  int epochs = 0;               // T
  int n = 0;                    // trainings with both a score and an outcome
  int diverged = 0;             // of them those that score -infinity, having diverged within T: worst, and tied
  double spearman = 0;          // NaN where it is not defined: n below 2 or all equal
  double kendall = 0;           // tau-b
  Interval interval;            // of Spearman's; NaN without resamples, or of too few trainings
  double top_mean_outcome = 0;  // mean outcome of the best k by score, in the outcome's own unit and sign

  // NaN where n is not above k: the best k are all of them
  double top_overlap = 0;  // share of the best k by score that are among the best k by outcome
  double top_regret = 0;   // best outcome of all less the best among the best k by score, 0 or more

  bool reference_line = false;  // it looks at the end of the training whatever the budget

  /// It may be called the best at its budget: it is no reference line, and it was measured on nearly all of the
  /// trainings (nine tenths) that any was. Correlations of different trainings do not compare; LcSVR, which learns from
  /// some, is measured on the rest.
  bool can_lead = true;

  bool best = false;  // of the highest Spearman at its budget among those that can lead; several where they tie

  /// Spearman's less that of the reference, on the trainings that both have; NaN where there is no reference.
  double difference = kMissing;
  Interval difference_interval = {.low = kMissing, .high = kMissing};

  bool operator==(const ComparisonRow&) const = default;
};

/// Mean and standard error by group, and how well the group means agree (Fig. 12 of arXiv 2006.04492).
struct GroupRow {
  struct Group {
    std::string name;
    int n = 0;
    double score = 0;        // mean
    double score_error = 0;  // standard error of the mean; NaN where n is 1
    double outcome = 0;      // in the outcome's own unit and sign
    double outcome_error = 0;

    bool operator==(const Group&) const = default;
  };

  std::string estimator;
  int epochs = 0;
  double spearman = 0;  // over the group means
  double kendall = 0;
  std::vector<Group> groups;  // in the order of their names

  bool operator==(const GroupRow&) const = default;
};

/// One study's comparison of estimators: all that its text, JSON, CSV and page show. A plain value.
struct Comparison {
  std::string study;
  std::string facts;                    // of the study, in words
  RunOutcome outcome;                   // its values left out
  std::string curve;                    // the metric in the place of the training loss; empty where it is that
  int trainings = 0;                    // measured here: all with an outcome, or the best of them
  int left_out = 0;                     // without an outcome, failed or unfinished
  std::optional<double> at_least = {};  // how good an outcome this is about, in its own unit
  double top_fraction = 1;              // of those by outcome, that this is about
  int end = 0;                          // T_end of the schedule, epochs
  int k = 0;                            // of the best k
  std::vector<std::string> estimators;
  std::vector<int> budgets;  // T, ascending
  std::string against;       // the estimator of the differences; empty: the best at each budget
  Bootstrap bootstrap;
  std::vector<ComparisonRow> rows;  // by budget, then estimator
  std::string group;                // what groups are by; empty without
  std::vector<GroupRow> group_rows;
  std::optional<EffectiveBudget> effective;  // where asked for

  // where asked for: the trainings measured, their outcomes in their own unit, and by row their scores, NaN where
  // unknown
  std::vector<std::string> archs;
  std::vector<double> outcomes;
  std::vector<std::vector<double>> scores;

  std::vector<std::string> notes;  // what the reader should know

  const ComparisonRow& row(std::size_t budget, std::size_t estimator) const {
    return rows.at(budget * estimators.size() + estimator);
  }
};

struct ComparisonOptions {
  std::vector<std::string> estimators = {};  // none: those that the study has something for
  std::vector<int> budgets = {};             // none: log-spaced up to the epochs that all trainings have
  std::optional<RunOutcome> outcome = {};    // without: the study's own
  std::optional<Metric> curve = {};          // in the place of the training loss
  std::optional<double> at_least = {};       // restricts to outcomes at least that good, in the outcome's own unit
  double top_fraction = 1;                   // of those restricts to the best; equal ones at the border all stay
  int k = 10;
  Bootstrap bootstrap = {};  // resamples 0: no intervals
  std::string against = {};
  std::string group = {};                // what `groups` are by
  std::vector<std::string> groups = {};  // the name of each training's group; empty: in none
  std::optional<OverfitCriterion> effective = {};
  bool keep_scores = false;  // every training's, in the comparison
  int threads = 0;           // 0: one per core; the numbers do not depend on it
};

/// Compares estimators on the trainings of one study. Names are those of `estimators()` and `fitted_estimators()`;
/// `train-loss-minibatch:step=all` is the authors' protocol, the mean over the steps of an epoch of the correlation of
/// each; any other name is a column. Scores are rounded to 12 significant digits. A training without a value at T is
/// left out there. UsageError for an unknown name, an outcome that is not there, a budget beyond the longest training.
Comparison make_comparison(const Runs& runs, const ComparisonOptions& options);

/// The trainings that the estimator with most of them was measured on at a budget.
int most_measured(const Comparison& comparison, std::size_t budget);

/// Whether that is another number at another budget: trainings that were recorded for different times.
bool has_varying_trainings(const Comparison& comparison);

/// The place of the first of the best estimators at a budget; nothing where none can lead.
std::optional<std::size_t> leader(const Comparison& comparison, std::size_t budget);

/// 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, ... up to the last, which is always there.
std::vector<int> log_budgets(int last);

/// The outcomes of the same architectures in other trainings. UsageError where those have none, DataError where no
/// architecture is in both.
RunOutcome outcome_for(const Runs& runs, const Runs& others);

}  // namespace tse
