#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/json.h"
#include "tse/base/missing.h"
#include "tse/report/ranking.h"
#include "tse/search/history.h"

namespace tse {

/// What a search goes by.
struct SearchObjective {
  std::string name;   // an estimator, `outcome`, or a number of the network
  bool cost = false;  // lower values are better

  /// The score, higher is better, in the objective's own sense.
  double value(double score) const { return cost ? -score : score; }

  bool operator==(const SearchObjective&) const = default;
};

/// A training to the end of an architecture that the search found, or of one to compare it with.
struct FinalTraining {
  std::string chosen_by;  // "tse-ema", "params"
  int number = 0;         // of the trial
  Arch arch;
  int epochs = 0;      // of its schedule
  std::string status;  // as status_name
  double test_accuracy = kMissing;

  bool operator==(const FinalTraining&) const = default;
};

/// Means over searches at one cost.
struct CostPoint {
  double cost = 0;  // as curve_unit says
  double incumbent = kMissing;
  double incumbent_error = kMissing;
  double oracle = kMissing;
  double oracle_error = kMissing;

  bool operator==(const CostPoint&) const = default;
};

/// What a way to search found on a recorded study, over several seeds.
struct Contender {
  std::string algo;
  std::string objective;
  int repeats = 0;
  double trials = 0;           // mean
  double epochs = 0;           // of training, mean
  double seconds = 0;          // on the simulated clock, mean; NaN where they were not recorded
  double incumbent = 0;        // outcome of what it would have handed back, mean; NaN without outcomes
  double incumbent_error = 0;  // standard error of that mean
  double oracle = 0;           // the best outcome among all that it tried, mean
  double oracle_error = 0;
  double hypervolume = kMissing;  // of several objectives, as a share of what all that is recorded dominates
  double hypervolume_error = kMissing;
  bool by_time = false;               // whether the curve is over seconds
  std::vector<CostPoint> curve = {};  // over cost, ascending

  bool operator==(const Contender&) const = default;
};

/// What the costs of its curve are: "seconds" of the simulated clock; "epochs" of training where those were not
/// recorded; "trials" where nothing but outcomes was.
std::string_view curve_unit(const Contender& contender);

/// A search with its results: all that its text, JSON and page show. A plain value.
struct SearchView {
  std::string study = {};
  std::string space = {};
  std::string data = {};
  std::string split = {};
  std::string recipe = {};
  std::uint64_t seed = 0;
  int epochs = 0;           // of each training
  int schedule_epochs = 0;  // horizon of the learning-rate schedule
  std::string algo = {};
  std::string budget = {};
  std::string require = {};
  std::string draw = {};        // what chooses among several that are drawn
  std::string ends_early = {};  // which trainings do, in words
  std::string supernet = {};    // whose weights the trials inherit, in words
  std::vector<SearchObjective> objectives = {};
  bool replay = false;                    // on recorded results
  std::optional<std::string> end = {};    // why it ended; nothing while it goes on
  SearchHistory history = {};             // with outcomes, where there are any
  std::vector<std::int64_t> params = {};  // by trial; empty where they are not known
  std::optional<Outcome> outcome = {};
  std::vector<std::size_t> front = {};  // of several objectives, the trials that none dominates, in order
  double hypervolume = kMissing;        // of several objectives, above the worst of each that was tried
  std::vector<FinalTraining> finals = {};
  std::vector<Contender> contenders = {};
  std::optional<Drawing> drawing = {};  // of the best
  Json manifest = {};

  bool operator==(const SearchView&) const = default;
};

/// What was searched, how far, and what it cost, as sentences.
std::string search_sentences(const SearchView& view);

/// For a terminal of so many columns (0: no limit).
std::string to_text(const SearchView& view, int width);

Json to_json(const SearchView& view);

}  // namespace tse
