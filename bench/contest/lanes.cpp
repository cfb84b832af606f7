#include "lanes.h"

#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "tse/net/device.h"

namespace tse::bench {

void in_lanes(std::size_t lanes, const torch::Device& device, Meter& meter,
              const std::function<void(std::size_t lane)>& train) {
  std::mutex mutex;
  std::exception_ptr failure;
  const auto go = [&](std::size_t lane) {
    try {
      const DeviceStream stream(device);
      train(lane);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      meter.end();
    }
  };
  std::vector<std::thread> others;
  for (std::size_t lane = 1; lane < lanes; ++lane) others.emplace_back(go, lane);
  go(0);
  for (std::thread& other : others) other.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace tse::bench
