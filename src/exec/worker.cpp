#include "tse/exec/worker.h"

#include <csignal>
#include <stdexcept>
#include <thread>

#include "tse/base/error.h"

namespace tse {
namespace {

volatile std::sig_atomic_t g_stop = 0;

void note_stop(int signal) {
  if (g_stop != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  g_stop = 1;
}

/// Notes SIGTERM and SIGINT instead of dying of them, as long as it lives; the second one ends the process.
class StopSignals {
 public:
  StopSignals() {
    g_stop = 0;
    struct sigaction action{};
    action.sa_handler = note_stop;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, &terminate_);
    sigaction(SIGINT, &action, &interrupt_);
  }
  StopSignals(const StopSignals&) = delete;
  ~StopSignals() {
    sigaction(SIGTERM, &terminate_, nullptr);
    sigaction(SIGINT, &interrupt_, nullptr);
  }

 private:
  struct sigaction terminate_{};
  struct sigaction interrupt_{};
};

void release_quietly(Store& store, const Lease& lease) {
  try {
    store.release(lease);
  } catch (const DataError&) {
    // the error that is already on its way says more
  }
}

Trace run_trial(Store& store, const Run& run, const Claim& claim, Reporter& reporter) {
  try {
    return run(claim, reporter);
  } catch (const UsageError&) {
    release_quietly(store, claim.lease);
    throw;
  } catch (const DataError&) {
    release_quietly(store, claim.lease);
    throw;
  }
}

}  // namespace

bool Reporter::report(const Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  if (!last_ || now - *last_ >= interval_) {
    last_ = now;
    lost_ = lost_ || !store_.heartbeat(lease_, progress);
  }
  return !lost_ && g_stop == 0;
}

int work(Store& store, const Owner& owner, const Run& run, const WorkOptions& options) {
  const StopSignals signals;
  auto busy = std::chrono::steady_clock::now();
  while (g_stop == 0) {
    const auto claim = store.claim(owner, options.patience_seconds);
    if (!claim) {
      const auto now = std::chrono::steady_clock::now();
      if (store.unfinished() > 0) {
        busy = now;
      } else if (now - busy >= options.idle) {
        return kExitDone;
      }
      std::this_thread::sleep_for(options.wait);
      continue;
    }
    Reporter reporter(store, claim->lease, options.report);
    const Trace trace = run_trial(store, run, *claim, reporter);
    busy = std::chrono::steady_clock::now();
    if (trace.status != TraceStatus::running) {
      store.finish(claim->lease, trace);
    } else if (!reporter.lost()) {
      if (g_stop == 0) throw std::logic_error("a trial ended before its end without having been asked to");
      store.release(claim->lease);
    }
  }
  return kExitInterrupted;
}

}  // namespace tse
