#include "meter.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "request.h"
#include "tse/base/json.h"

namespace tse::bench {
namespace {

std::int64_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * std::int64_t{1024};
}

}  // namespace

bool Meter::stepped(std::int64_t images, std::size_t lane) {
  const std::lock_guard lock(mutex_);
  if (ended_) return false;
  Lane& mine = lanes_.at(lane);
  if (turn_ == 0) {
    --mine.warm_up;
    if (std::ranges::any_of(lanes_, [](const Lane& each) { return each.warm_up > 0; })) return true;
    answer({{"ready", true}});
    return wait(mine);
  }
  if (std::exchange(mine.turn, turn_) != turn_) return true;
  images_ += images;
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  if (seconds < least_seconds_) return true;
  answer({{"images", images_}, {"seconds", seconds}, {"peak_memory", peak_memory()}});
  return wait(mine);
}

void Meter::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
}

bool Meter::wait(Lane& lane) {
  const auto request = next_request();
  ended_ = !request;
  if (ended_) return false;
  lane.turn = ++turn_;
  least_seconds_ = member<double>(*request, "seconds", "request");
  images_ = 0;
  start_ = Clock::now();
  return true;
}

}  // namespace tse::bench
