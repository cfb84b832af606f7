#include "meter.h"

#include <sys/resource.h>

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

bool Meter::stepped(std::int64_t images) {
  if (warm_up_ > 0) {
    if (--warm_up_ > 0) return true;
    answer({{"ready", true}});
    return wait();
  }
  images_ += images;
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  if (seconds < least_seconds_) return true;
  answer({{"images", images_}, {"seconds", seconds}, {"peak_memory", peak_memory()}});
  return wait();
}

bool Meter::wait() {
  const auto request = next_request();
  if (!request) return false;
  least_seconds_ = member<double>(*request, "seconds", "request");
  images_ = 0;
  start_ = Clock::now();
  return true;
}

}  // namespace tse::bench
