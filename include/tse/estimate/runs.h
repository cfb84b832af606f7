#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/error.h"
#include "tse/estimate/record.h"

namespace tse {

/// What trainings are measured against: one number of each.
struct RunOutcome {
  std::string name;            // "test_accuracy"
  std::string source;          // whose training it is of, in words
  bool lower = false;          // lower values are better
  std::vector<double> values;  // one per training, as its source gives it; NaN where it was not measured

  bool operator==(const RunOutcome&) const = default;
};

/// Many trainings of one recipe, as estimators and comparisons of them need them, whether we ran them or somebody else
/// recorded them. Owns what its records look at; cheap to copy.
class Runs {
 public:
  /// Trainings of ours, by architecture. Their columns get the last evaluations: `test_accuracy`, `test_loss`,
  /// `valid_accuracy`, `valid_loss`, as far as there are any.
  Runs(std::string study, std::vector<std::string> archs, std::vector<Trace> traces, Columns columns);

  /// The rows of a table.
  Runs(std::string study, CurveTable table);

  /// The same trainings with a metric's curve in the place of the training losses; accuracies negated, so that lower is
  /// better. UsageError where the metric was not recorded, with those that were.
  Runs with_curve(Metric metric) const;

  /// The same trainings with more columns: those of `others` that these lack, by architecture; NaN for one that is not
  /// among the others. DataError where none is.
  Runs with_columns(const Runs& others) const;

  std::string study;         // its name
  std::string space = {};    // whose networks they are, as a registry string; empty where it is not known
  std::string facts;         // where it comes from, in words: space, data, split, recipe, seed; may be empty
  std::size_t left_out = 0;  // trainings that failed or have not ended, and are not among these
  std::vector<double> seconds_per_epoch = {};  // of each training, evaluations included; empty where it is not known
  std::optional<RunOutcome> outcome;           // of the study itself
  std::string outcome_advice = {};  // where it has none, how such trainings get one, as a sentence; may be empty

  /// T_end, the horizon of the recipe's schedule, which the records know too; the longest curve where nobody says.
  int schedule_epochs() const { return schedule_epochs_; }
  void set_schedule_epochs(int epochs);

  std::size_t size() const { return archs_.size(); }
  const std::vector<std::string>& archs() const { return archs_; }
  const std::vector<Record>& records() const { return records_; }
  const Columns& columns() const { return *columns_; }
  std::vector<std::string> column_names() const;

  /// What `by_arch`, a map by architecture, has for each training; `missing` where it has nothing. DataError of
  /// `source` where it has nothing for any.
  template <class Map>
  std::vector<typename Map::mapped_type> join(const Map& by_arch, const typename Map::mapped_type& missing,
                                              std::string_view source) const {
    std::vector<typename Map::mapped_type> list;
    bool any = false;
    for (const std::string& arch : archs_) {
      const auto found = by_arch.find(arch);
      any = any || found != by_arch.end();
      list.push_back(found == by_arch.end() ? missing : found->second);
    }
    if (!any) throw DataError(source, "expected some of the architectures of {}; there is none", study);
    return list;
  }

  /// Epochs of the longest curve of any training.
  int epochs() const;

  /// Epochs that all trainings have which have any and an outcome in this list (NaN is none), those that diverged
  /// apart: of training losses, or of anything where there are none.
  int shared_epochs(std::span<const double> outcomes) const;

  /// Whether any training has this curve.
  bool has(Metric metric) const;

 private:
  Runs() = default;

  int schedule_epochs_ = 0;
  std::vector<std::string> archs_;
  std::vector<Record> records_;
  std::shared_ptr<const Columns> columns_;
  std::vector<std::shared_ptr<const void>> kept_;  // what the records look at
};

/// The named metrics' last values are columns of this name.
std::string column_name(Metric metric);

}  // namespace tse
