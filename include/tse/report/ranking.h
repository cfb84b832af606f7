#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/json.h"
#include "tse/rank/truth.h"
#include "tse/space/space.h"
#include "tse/store/trial.h"

namespace tse {

/// What a ranking says of one trial.
struct RankedTrial {
  Trial trial;
  std::int64_t params = 0;
  std::int64_t macs = 0;
  std::string canonical;
  bool connected = true;
  Drawing drawing;
  std::vector<double> scores;   // one per estimator of the ranking, higher is better; NaN where there is none
  std::optional<double> truth;  // the outcome as its source gives it, not negated
  int rank = 0;                 // from 1; 0 while the training is not finished

  bool operator==(const RankedTrial&) const = default;
};

/// What the scores are measured against: a column of a table, or the accuracies the study itself measured.
struct Outcome {
  std::string name;  // of the column or metric: "c10_test_mean", "test_accuracy"
  std::string run;   // whose training it is of, in words
  bool lower_is_better = false;

  bool operator==(const Outcome&) const = default;
};

/// How well one predictor orders the trials, against the outcome turned so that higher is better.
struct Agreement {
  std::string predictor;  // an estimator's or zero-cost score's name as asked for, "params" or "macs"
  int n = 0;              // trials with both a score and an outcome; those that diverged score worst
  double spearman = 0;    // NaN where it is not defined: n below 2 or all equal
  double kendall = 0;     // tau-b
  double low = 0;         // of the bootstrap 95 % interval of Spearman's
  double high = 0;
  int top = 0;             // k of the two below: a tenth of n, at least one
  double top_overlap = 0;  // share of the best k by score among the best k by outcome
  double regret = 0;       // best outcome of all minus best outcome among the best k by score

  bool operator==(const Agreement&) const = default;
};

/// A study seen as a ranking: all that its text, JSON and HTML show. A plain value.
struct Ranking {
  std::string study;
  std::string space;
  std::string data;
  std::string split;  // which images were trained on and evaluated, in words
  std::uint64_t seed = 0;
  std::string recipe;
  int epochs = 0;                       // of the budget
  int schedule_epochs = 0;              // horizon of the learning-rate schedule
  std::vector<std::string> estimators;  // as asked for, zero-cost scores too; the first one ranks
  std::vector<RankedTrial> trials;      // in trial order
  std::vector<int> order;               // indices of the finished ones, best first; diverged, then failed ones last
  std::optional<Outcome> outcome;
  std::vector<Agreement> agreements;  // of the estimators, then params and macs; empty without an outcome
  Json manifest;                      // versions, hardware, digests: an object, or null

  bool operator==(const Ranking&) const = default;
};

struct RankingOptions {
  std::string study;
  std::string split;
  std::uint64_t seed = 0;
  std::string recipe;
  std::vector<std::string> estimators = {"tse-ema"};
  std::optional<Truth> truth;  // without it: the test accuracy at the end, where the study measured it
  Json manifest;
};

/// Ranks trials of one space. The `task` is the images' shape and classes, which parameters and MACs depend on. Equal
/// scores (to 12 significant digits) stay in trial order. UsageError for an unknown estimator.
Ranking make_ranking(const std::vector<Trial>& trials, const Space& space, const Task& task,
                     const RankingOptions& options);

/// "waiting", "running", "ok", "stopped", "diverged" or "failed".
std::string_view status_name(const Trial& trial);

/// Mean training loss of the last completed epoch; NaN where there is none.
double last_train_loss(const Trial& trial);

/// Images trained on per second of training, one worker's; NaN where nothing was trained.
double images_per_second(const Ranking& ranking);

}  // namespace tse
