#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "tse/store/store.h"

namespace tse {

/// What a running trial tells the study. Tell it after every step: it passes on one report a second.
class Reporter {
 public:
  Reporter(Store& store, const Lease& lease, std::chrono::milliseconds interval)
      : store_(store), lease_(lease), interval_(interval) {}

  /// Whether to go on: no more once the lease is lost or the process was asked to stop.
  bool report(const Progress& progress);

  bool lost() const { return lost_; }

 private:
  Store& store_;
  Lease lease_;
  std::chrono::milliseconds interval_;
  std::optional<std::chrono::steady_clock::time_point> last_;
  bool lost_ = false;
};

/// Trains one trial. Returns a `running` trace where the reporter told it to stop.
using Run = std::function<Trace(const Claim& claim, Reporter& reporter)>;

struct WorkOptions {
  double patience_seconds = 60;            // a trial without a report for so long is taken from its worker
  std::chrono::milliseconds report{1000};  // at most one heartbeat in so long
  std::chrono::milliseconds wait{100};     // between looks for a trial, while none waits
  std::chrono::milliseconds idle{5000};    // ends when all trials have been finished for so long
};

/// Works on a study: claims a trial, runs it, records the result, until all are finished. While others still run the
/// last ones it waits, to take over from one that dies. SIGTERM and SIGINT end it soon, and its trial waits again.
/// Returns kExitDone, or kExitInterrupted where it was asked to stop. An error of `run` passes through; after a
/// UsageError or a DataError the trial waits again, anything else leaves it to be counted as a crash. For one thread of
/// a process at a time, since signals are the process's.
int work(Store& store, const Owner& owner, const Run& run, const WorkOptions& options = {});

/// Runs what works on a study. kExitShort, with a line on standard error, where the machine had too little memory or
/// too few threads for it: no verdict on a trial, which waits again.
int work_within_means(std::string_view name, const std::function<int()>& body);

/// One of several that work in a process at once, each on a trial of its own.
struct Lane {
  std::unique_ptr<Store> store;
  Run run;
};

/// As `work`, in each lane, which a thread of its own makes and uses. The first error of any ends all and passes
/// through; the trials of the others wait again.
int work_in_lanes(int lanes, const std::function<Lane()>& make_lane, const Owner& owner,
                  const WorkOptions& options = {});

}  // namespace tse
