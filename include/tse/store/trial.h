#pragma once

#include <cstdint>

#include "tse/store/owner.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// The right to record one trial's result. Every claim gets a higher number; only the newest number of a trial counts,
/// so a worker that lost its lease cannot record.
struct Lease {
  int trial = 0;
  std::int64_t number = 0;

  bool operator==(const Lease&) const = default;
};

struct Claim {
  Lease lease;
  Job job;
};

/// Somebody who holds trials.
struct Holder {
  Owner owner;
  int trials = 0;
  double silence = 0;      // seconds since any of them was told of
  std::int64_t steps = 0;  // of all of them together, as far as told
};

/// How far a running trial is.
struct Progress {
  std::int64_t steps = 0;
  std::int64_t steps_total = 0;
  double images_per_second = 0;  // of the last reporting interval
  double last_loss = 0;

  bool operator==(const Progress&) const = default;
};

enum class TrialState { waiting, running, finished };

/// One trial as the store knows it.
struct Trial {
  Job job = {};
  TrialState state = TrialState::waiting;
  Trace trace = {};        // as far as recorded: complete when finished
  Progress progress = {};  // of the newest claim
  int crashes = 0;         // workers that died of this trial

  bool operator==(const Trial&) const = default;
};

}  // namespace tse
