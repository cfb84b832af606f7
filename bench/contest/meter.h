#pragma once

#include <chrono>
#include <cstdint>

namespace tse::bench {

/// Times the steps of a training for `tse bench`. Tell it after every step: it waits where no measurement is wanted, so
/// that contestants take turns. A request is {"seconds": least}; the answer is {"images", "seconds", "peak_memory"}, of
/// whole steps, memory in bytes since the process began.
class Meter {
 public:
  /// Whether to go on.
  bool stepped(std::int64_t images);

 private:
  using Clock = std::chrono::steady_clock;

  bool wait();

  int warm_up_ = 2;  // steps
  std::int64_t images_ = 0;
  double least_seconds_ = 0;
  Clock::time_point start_;
};

}  // namespace tse::bench
