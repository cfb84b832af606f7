#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace tse::bench {

/// Times the steps of a training for `tse bench`. Tell it after every step: it waits where no measurement is wanted, so
/// that contestants take turns. A request is {"seconds": least}; the answer is {"images", "seconds", "peak_memory"}, of
/// whole steps, memory in bytes since the process began.
///
/// Trainings that go on at once in threads of one process are its lanes: all wait while one of them does. What a lane
/// began before a measurement or has not ended by its end does not count.
class Meter {
 public:
  explicit Meter(std::size_t lanes = 1) : lanes_(lanes) {}

  /// Whether to go on.
  bool stepped(std::int64_t images, std::size_t lane = 0);

  /// No lane is to go on.
  void end();

 private:
  using Clock = std::chrono::steady_clock;

  struct Lane {
    int warm_up = 2;  // steps
    int turn = 0;     // in which it began its step
  };

  bool wait(Lane& lane);

  std::mutex mutex_;
  std::vector<Lane> lanes_;
  int turn_ = 0;  // measurements so far, the one under way among them
  bool ended_ = false;
  std::int64_t images_ = 0;
  double least_seconds_ = 0;
  Clock::time_point start_;
};

}  // namespace tse::bench
