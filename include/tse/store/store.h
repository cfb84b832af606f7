#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/store/owner.h"
#include "tse/store/trial.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// The durable journal of one study: its plan, its trials and their results. All that matters of a study is in here,
/// so that any process may die at any instant. Every method is atomic and durable when it returns, and safe to call
/// from many processes at once; an object of its own for each thread. A DataError names the file where it cannot be
/// read or written, is locked by somebody else for longer than half a minute, or is not a study.
class Store {
 public:
  virtual ~Store() = default;

  /// What the study is to do, as its creator wrote it; never changes.
  virtual Json plan() = 0;

  /// Facts that were learned on the way, by name (manifest, digest of the data). The first value stays: returns the
  /// value that is there now.
  virtual Json remember(const std::string& name, const Json& value) = 0;
  virtual std::optional<Json> recall(const std::string& name) = 0;

  /// Appends trials; their numbers go on from the last one, in order, without gaps.
  virtual void append(std::vector<Job> jobs) = 0;

  /// Appends a trial whose result is known. The status must not be `running`.
  virtual void append_finished(Job job, const Trace& trace) = 0;

  /// Takes the waiting trial of the lowest number; trials of dead owners, or without a heartbeat for longer than
  /// `patience_seconds`, count as waiting. Nothing when none waits (others may still run).
  virtual std::optional<Claim> claim(const Owner& owner, double patience_seconds) = 0;

  /// False where the lease was lost: the trial is somebody else's now, so stop.
  virtual bool heartbeat(const Lease& lease, const Progress& progress) = 0;

  /// Records the result, whose status must not be `running`; exactly one per trial is ever recorded. False where the
  /// lease was lost or it was finished; what a lost lease brings late is kept aside.
  virtual bool finish(const Lease& lease, const Trace& trace) = 0;

  /// Gives an unfinished trial back, to be claimed again. False where the lease was lost.
  virtual bool release(const Lease& lease) = 0;

  /// Notes that the owner died by itself while it held trials: one, or one in each of its lanes, none of which can be
  /// told to be innocent. Each waits again, or, when it has now killed `limit` workers, is finished as failed with
  /// `reason`. Counts too where somebody has claimed the trial since, but
  /// one death only once. A process that was killed with the whole study is not to be reported.
  virtual void crashed(const Owner& owner, int limit, const std::string& reason) = 0;

  virtual int count() = 0;
  virtual int unfinished() = 0;  // trials that wait or run

  /// UsageError where there is no such trial.
  virtual Trial trial(int number) = 0;

  /// All trials in order. Without `traces` their traces are left empty, but for the status: cheap enough to poll.
  virtual std::vector<Trial> trials(bool traces) = 0;

  /// Results of the trial that came after their lease was lost, in order of claiming; they count for nothing.
  virtual std::vector<Trace> late_results(int number) = 0;

  /// Becomes the one process that runs the study, or says who is. To be called again every few seconds: it is the
  /// coordinator's heartbeat too. A dead one is replaced at once, one of another host when it was silent for a minute.
  virtual std::optional<Owner> coordinate(const Owner& owner) = 0;

  /// The process that runs the study now; nothing where none does.
  virtual std::optional<Owner> coordinator() = 0;

  /// The owner runs the study no more, if it did: nothing of it is under way.
  virtual void retire(const Owner& owner) = 0;

  /// Who holds trials now.
  virtual std::vector<Holder> holders() = 0;

  /// Trials that failed, since they killed too many workers, wait again as if they had not been begun. How many.
  virtual int retry_failed() = 0;

  /// Whether what is written still gets to where the study was opened: false once its file or its log was removed or
  /// moved away.
  virtual bool in_place() = 0;

  /// Everything as it is now, into a new study file that nobody runs. DataError where that cannot be made.
  virtual void copy_to(const std::filesystem::path& file) = 0;

  /// What was found on opening that a person should know, a line each.
  virtual std::vector<std::string> warnings() = 0;
};

}  // namespace tse
