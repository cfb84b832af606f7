#include "tse/estimate/runs.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/missing.h"

namespace tse {
namespace {

/// Epochs of training losses. A step that began another one is not counted.
int loss_epochs(const Record& record) {
  const auto losses = record.gaps ? known_part(record.step_loss) : record.step_loss;
  return static_cast<int>(losses.size()) / std::max(steps_per_epoch(record), 1);
}

/// Epochs of which anything was recorded.
int recorded_epochs(const Record& record) {
  int epochs = loss_epochs(record);
  for (const auto curve : record.curves) epochs = std::max(epochs, static_cast<int>(known_part(curve).size()));
  return epochs;
}

/// The last values of the curves of evaluations.
void add_last_values(Columns& columns, const std::vector<Curves>& curves) {
  for (const Metric metric : {Metric::valid_loss, Metric::valid_accuracy, Metric::test_loss, Metric::test_accuracy}) {
    std::vector<double> values;
    for (const Curves& one : curves) {
      const auto& curve = one[static_cast<std::size_t>(metric)];
      values.push_back(curve.empty() ? kMissing : curve.back());
    }
    if (std::ranges::all_of(values, [](double value) { return std::isnan(value); })) continue;
    columns.emplace(column_name(metric), std::move(values));
  }
}

}  // namespace

std::string column_name(Metric metric) { return std::string(to_text(metric)); }

Runs::Runs(std::string name, std::vector<std::string> archs, std::vector<Trace> traces, Columns columns)
    : study(std::move(name)), archs_(std::move(archs)) {
  struct Storage {
    std::vector<Trace> traces;
    std::vector<Curves> curves;
  };
  const auto storage = std::make_shared<Storage>();
  storage->traces = std::move(traces);
  for (const Trace& trace : storage->traces) storage->curves.push_back(curves_of(trace));
  add_last_values(columns, storage->curves);
  columns_ = std::make_shared<const Columns>(std::move(columns));
  for (std::size_t i = 0; i < storage->traces.size(); ++i) {
    records_.push_back(record_of(storage->traces[i], storage->curves[i]));
    records_.back().columns = columns_.get();
    records_.back().row = i;
  }
  set_schedule_epochs(epochs());
  kept_.push_back(storage);
}

Runs::Runs(std::string name, CurveTable table) : study(std::move(name)), archs_(table.archs) {
  const auto storage = std::make_shared<const CurveTable>(std::move(table));
  columns_ = std::shared_ptr<const Columns>(storage, &storage->columns);
  for (std::size_t row = 0; row < archs_.size(); ++row) records_.push_back(record_of(*storage, row));
  set_schedule_epochs(epochs());
  if (!storage->outcome.empty()) {
    outcome = RunOutcome{.name = storage->outcome,
                         .source = "the table itself",
                         .lower = storage->outcome_lower,
                         .values = storage->columns.at(storage->outcome)};
  }
  kept_.push_back(storage);
}

void Runs::set_schedule_epochs(int epochs) {
  schedule_epochs_ = epochs;
  for (Record& record : records_) record.schedule_epochs = epochs;
}

Runs Runs::with_curve(Metric metric) const {
  if (!has(metric)) {
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < kMetrics; ++i)
      if (has(static_cast<Metric>(i))) known.push_back(to_text(static_cast<Metric>(i)));
    throw UsageError(study, "expected a recorded curve ({}); got '{}'", fmt::join(known, ", "), to_text(metric));
  }
  const auto negated = std::make_shared<std::vector<std::vector<double>>>();
  Runs other = *this;
  for (Record& record : other.records_) {
    std::span<const double> curve = record.curve(metric);
    if (!is_lower_better(metric)) {
      auto& values = negated->emplace_back(curve.begin(), curve.end());
      for (double& value : values) value = -value;
      curve = values;
    }
    record = with_losses(record, curve);
  }
  other.kept_.push_back(negated);
  return other;
}

Runs Runs::with_columns(const Runs& others) const {
  std::map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < others.size(); ++i) place.emplace(others.archs_[i], others.records_[i].row);
  if (std::ranges::none_of(archs_, [&](const std::string& arch) { return place.contains(arch); }))
    throw DataError(others.study, "expected some of the architectures of {}; there is none", study);
  auto all = *columns_;
  const std::size_t rows = all.empty() ? 0 : all.begin()->second.size();
  for (const auto& [name, values] : *others.columns_) {
    if (all.contains(name)) continue;
    std::vector<double>& column = all[name];
    column.assign(std::max(rows, size()), kMissing);
    for (std::size_t i = 0; i < size(); ++i) {
      const auto found = place.find(archs_[i]);
      if (found != place.end()) column.at(records_[i].row) = values.at(found->second);
    }
  }
  Runs other = *this;
  other.columns_ = std::make_shared<const Columns>(std::move(all));
  for (Record& record : other.records_) record.columns = other.columns_.get();
  return other;
}

std::vector<std::string> Runs::column_names() const {
  std::vector<std::string> names;
  for (const auto& [name, values] : *columns_) names.push_back(name);
  return names;
}

int Runs::epochs() const {
  int longest = 0;
  for (const Record& record : records_) longest = std::max(longest, recorded_epochs(record));
  return longest;
}

int Runs::shared_epochs(std::span<const double> outcomes) const {
  int shared = 0;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (std::isnan(outcomes[i])) continue;
    const Record& record = records_[i];
    const int losses = loss_epochs(record);
    const int there = losses > 0 ? losses : recorded_epochs(record);
    if (there > 0 && !diverged(record)) shared = shared == 0 ? there : std::min(shared, there);
  }
  return shared;
}

bool Runs::has(Metric metric) const {
  return std::ranges::any_of(records_, [&](const Record& record) {
    return std::ranges::any_of(record.curve(metric), [](double value) { return !std::isnan(value); });
  });
}

}  // namespace tse
