#include "tse/estimate/record.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tse/base/missing.h"

namespace tse {
namespace {

std::vector<double>& of(Curves& curves, Metric metric) { return curves[static_cast<std::size_t>(metric)]; }

/// A network that overflows has an infinite loss, whatever its arithmetic made of it.
std::vector<double> losses_of(const Trace& trace, std::string_view split) {
  std::vector<double> curve = evaluation_curve(trace, split, "loss");
  for (const Evaluation& e : trace.evaluations) {
    if (e.split == split && e.epoch >= 1 && std::isnan(e.loss))
      curve[static_cast<std::size_t>(e.epoch - 1)] = std::numeric_limits<double>::infinity();
  }
  return curve;
}

}  // namespace

double Record::column(const std::string& name) const {
  if (columns == nullptr) return kMissing;
  const auto found = columns->find(name);
  return found == columns->end() ? kMissing : found->second.at(row);
}

int steps_per_epoch(const Record& record) { return steps_per_epoch(record.train_images, record.batch); }

int batch_images(const Record& record, std::size_t step) {
  return batch_images(record.train_images, record.batch, step);
}

std::size_t healthy_steps(const Record& record) {
  const auto healthy = [&](double loss) { return std::isfinite(loss) || (record.gaps && std::isnan(loss)); };
  const auto bad = std::ranges::find_if_not(record.step_loss, healthy);
  return static_cast<std::size_t>(bad - record.step_loss.begin());
}

Standing standing(const Record& record, std::size_t healthy, std::size_t needed) {
  if (healthy < std::min(needed, record.step_loss.size())) return Standing::worst;
  if (needed <= healthy) return Standing::whole;
  return record.status == TraceStatus::diverged ? Standing::worst : Standing::nothing;
}

bool diverged_within(const Record& record, std::size_t healthy, int epochs) {
  const auto steps = static_cast<std::size_t>(std::max(steps_per_epoch(record), 1));
  return standing(record, healthy, steps * static_cast<std::size_t>(epochs)) == Standing::worst;
}

bool diverged(const Record& record) {
  return record.status == TraceStatus::diverged || healthy_steps(record) < record.step_loss.size();
}

std::span<const double> known_part(std::span<const double> curve) {
  while (!curve.empty() && std::isnan(curve.back())) curve = curve.first(curve.size() - 1);
  return curve;
}

Curves curves_of(const Trace& trace) {
  Curves curves;
  of(curves, Metric::train_loss) = epoch_losses(trace);
  of(curves, Metric::valid_loss) = losses_of(trace, "valid");
  of(curves, Metric::test_loss) = losses_of(trace, "test");
  of(curves, Metric::valid_accuracy) = evaluation_curve(trace, "valid", "accuracy");
  of(curves, Metric::test_accuracy) = evaluation_curve(trace, "test", "accuracy");
  return curves;
}

Record record_of(const Trace& trace, const Curves& curves) {
  Record record{.step_loss = trace.step_loss,
                .train_images = trace.train_images,
                .batch = trace.batch,
                .status = trace.status,
                .schedule_epochs = 0,
                .gaps = false,
                .curves = {},
                .columns = nullptr,
                .row = 0};
  for (std::size_t metric = 0; metric < kMetrics; ++metric) record.curves[metric] = curves[metric];
  return record;
}

Record record_of(const CurveTable& table, std::size_t row) {
  Record record = with_losses({}, {});
  for (const auto& [metric, values] : table.curves)
    record.curves[static_cast<std::size_t>(metric)] = table.curve(metric, row);
  record.step_loss = record.curve(Metric::train_loss);
  record.columns = &table.columns;
  record.row = row;
  return record;
}

Record with_losses(Record record, std::span<const double> by_epoch) {
  record.step_loss = by_epoch;
  record.train_images = 1;
  record.batch = 1;
  record.gaps = true;
  return record;
}

}  // namespace tse
