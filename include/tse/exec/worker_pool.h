#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "tse/store/store.h"

namespace tse {

struct WorkerOptions {
  int workers = 1;
  std::filesystem::path program;
  std::vector<std::string> arguments = {};
  int lanes = 1;                          // trials at once in each, told by one argument more, `--lanes N`, if several
  std::filesystem::path log = {};         // what workers print goes here, appended; begun anew past a megabyte
  int crash_limit = 3;                    // a trial that has killed so many workers fails
  std::chrono::milliseconds grace{5000};  // from being asked to stop to being killed
  int lacking_limit = 10;  // so many ends in a row that were no verdict on a trial, with no result between: give up
  double patience_seconds = 60;  // a worker that idles in silence for so long hangs; ten times that if it works
};

/// Processes that work on a study. Each is started afresh (never forked from a process with libtorch in it), in a
/// process group of its own so that the terminal's Ctrl-C reaches only the coordinator, and killed by the kernel when
/// the coordinator dies: more exactly the thread that called `poll`, so call it from the main thread.
class WorkerPool {
 public:
  /// Starts nothing yet. The store must outlive the pool.
  WorkerPool(Store& store, WorkerOptions options);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();

  /// Takes note of workers that ended, tells the store which died by themselves, ends those that hang, and starts
  /// workers up to the wanted number, never more than there are unfinished trials. One that the system killed (for
  /// memory, most likely), that found too little memory or too few threads (kExitShort), or that hung before its first
  /// step is no verdict on its trial: that waits again, and from then on workers have half the lanes, or where they
  /// have one, there is one worker less. Does not wait; call it some times a second. Where a worker refused its data or
  /// its command (exit codes 3 and 2) or cannot even start, all are stopped and its last words are the DataError or
  /// UsageError.
  void poll();

  /// Asks all to stop, waits for the grace, then kills. Their trials wait again.
  void stop() noexcept;

  std::vector<pid_t> processes() const;

 private:
  struct Worker {
    Owner owner;
    std::chrono::steady_clock::time_point busy;  // when it was last seen to work, read, or have nothing to do
    double processor = 0;                        // seconds that it had used when it was last looked at
    double read = 0;                             // bytes
    bool hangs = false;                          // and was ended for it
    bool began = false;                          // having told of a step of its trial
    int output = -1;                             // our end of its standard output and error
    std::string tail;                            // of what it printed
  };

  void end_silent();
  void start_one();
  void drain(Worker& worker);
  void ended(Worker& worker, int status);
  [[nodiscard]] int outcomes();

  Store& store_;
  WorkerOptions options_;
  std::vector<Worker> workers_;
  int log_ = -1;
  std::chrono::steady_clock::time_point looked_ = {};
  int fruitless_ = 0;  // ends in a row that brought no trial nearer to its end
  int lacking_ = 0;    // in a row, since the last result
  int outcomes_ = 0;
};

}  // namespace tse
