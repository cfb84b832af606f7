#include "tse/exec/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <exception>
#include <iostream>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "tse/base/error.h"

namespace tse {
namespace {

constexpr std::string_view kWordsOfShortage[] = {"can't allocate memory", "Cannot allocate memory", "out of memory",
                                                 "out_of_memory", "Resource temporarily unavailable"};

std::atomic<int> g_stop = 0;  // free of locks, so that a handler of signals may set it

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

/// libtorch and oneDNN have errors of their own for it, told apart by their words alone.
bool is_shortage(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
    return system->code() == std::errc::resource_unavailable_try_again ||
           system->code() == std::errc::not_enough_memory;
  }
  const std::string_view words = error.what();
  return std::ranges::any_of(kWordsOfShortage, [&](auto text) { return words.find(text) != words.npos; });
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

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

int work_until_stopped(Store& store, const Owner& owner, const Run& run, const WorkOptions& options) {
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
  return work_until_stopped(store, owner, run, options);
}

int work_in_lanes(int lanes, const std::function<Lane()>& make_lane, const Owner& owner, const WorkOptions& options) {
  const StopSignals signals;
  std::mutex mutex;
  int code = kExitDone;
  std::exception_ptr failure;
  const auto go = [&] {
    try {
      const Lane lane = make_lane();
      const int mine = work_until_stopped(*lane.store, owner, lane.run, options);
      const std::lock_guard lock(mutex);
      code = std::max(code, mine);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      g_stop = 1;
    }
  };
  std::vector<std::thread> threads;
  try {
    for (int i = 0; i < lanes; ++i) threads.emplace_back(go);
  } catch (...) {  // too few threads: those that there are must end
    const std::lock_guard lock(mutex);
    if (!failure) failure = std::current_exception();
    g_stop = 1;
  }
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return code;
}

int work_within_means(std::string_view name, const std::function<int()>& body) {
  try {
    return body();
  } catch (const UsageError&) {
    throw;
  } catch (const DataError&) {
    throw;
  } catch (const std::exception& error) {
    if (!is_shortage(error)) throw;
    std::cerr << fmt::format("[{}] the machine has too little of something: {}\n", name, first_line(error.what()));
    return kExitShort;
  }
}

}  // namespace tse
