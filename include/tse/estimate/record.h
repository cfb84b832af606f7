#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tse/trial/curve_table.h"
#include "tse/trial/trace.h"

namespace tse {

inline constexpr std::size_t kMetrics = static_cast<std::size_t>(Metric::test_error) + 1;

/// Named numbers of many trainings, one value of each for every training; NaN where it is not known.
using Columns = std::map<std::string, std::vector<double>>;

/// One training as estimators see it, whether we ran it or somebody else recorded it: a view, valid as long as what it
/// was made from. A curve table's row has one step of one image in each epoch.
struct Record {
  std::span<const double> step_loss = {};  // one per optimiser step, nats (or whatever stands in for a loss)
  int train_images = 0;                    // of one epoch
  int batch = 0;                           // images per step; the last step of an epoch has the rest
  TraceStatus status = TraceStatus::ok;
  int schedule_epochs = 0;  // T_end, the horizon of the recipe's schedule; 0 where it is not known

  /// A table's record: one value for each epoch in the place of its steps. A NaN among them was not recorded; else it
  /// says that the training diverged.
  bool gaps = false;

  /// By metric: entry t-1 is the value after epoch t, NaN where it was not recorded; empty where none was.
  std::array<std::span<const double>, kMetrics> curves = {};

  const Columns* columns = nullptr;  // of all trainings; null without
  std::size_t row = 0;               // of this one

  std::span<const double> curve(Metric metric) const { return curves[static_cast<std::size_t>(metric)]; }

  /// The named number of this training; NaN where it is not known.
  double column(const std::string& name) const;
};

int steps_per_epoch(const Record& record);

/// Images in the mini-batch of a step, counted from 0 over the whole run.
int batch_images(const Record& record, std::size_t step);

/// Steps before the first loss that says the training diverged; all of them where none does.
std::size_t healthy_steps(const Record& record);

/// What there is to say of a training's first `needed` steps.
enum class Standing {
  whole,    // they are there
  worst,    // it diverged among them
  nothing,  // they were not recorded, or it failed
};

/// `healthy` is healthy_steps of the record, which costs a look at every step.
Standing standing(const Record& record, std::size_t healthy, std::size_t needed);

/// Whether its first `epochs` epochs make it worst.
bool diverged_within(const Record& record, std::size_t healthy, int epochs);

/// Whether it diverged at any time.
bool diverged(const Record& record);

/// A curve of one value per epoch up to the last that was recorded.
std::span<const double> known_part(std::span<const double> curve);

/// The learning curves of one training by metric, each one value per epoch; empty where there is none.
using Curves = std::array<std::vector<double>, kMetrics>;

/// The epoch means of the training loss and the curves of all evaluations. A loss that was measured and is not a number
/// is infinite there.
Curves curves_of(const Trace& trace);

/// Views of what is given, which must stay.
Record record_of(const Trace& trace, const Curves& curves);
Record record_of(const CurveTable& table, std::size_t row);

/// The same training with one value per epoch in place of its losses, NaN where it was not recorded.
Record with_losses(Record record, std::span<const double> by_epoch);

}  // namespace tse
