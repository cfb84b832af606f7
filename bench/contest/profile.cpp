#include <torch/csrc/autograd/profiler_kineto.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "contestants.h"
#include "request.h"
#include "training.h"

namespace tse::bench {
namespace {

constexpr std::int64_t kWarmUp = 64;  // steps

double seconds_of(const torch::autograd::profiler::KinetoEvent& event) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 3)
  return 1e-9 * static_cast<double>(event.durationNs());
#else
  return 1e-6 * static_cast<double>(event.durationUs());
#endif
}

/// What ran on the device while it was watched, the longest together first.
Json sums(const torch::autograd::profiler::ProfilerResult& result, c10::DeviceType device) {
  struct Sum {
    std::int64_t calls = 0;
    double seconds = 0;
  };
  std::map<std::string, Sum> by_name;
  for (const auto& event : result.events()) {
    if (event.deviceType() != device) continue;
    Sum& sum = by_name[event.name()];
    ++sum.calls;
    sum.seconds += seconds_of(event);
  }
  std::vector<std::pair<std::string, Sum>> list(by_name.begin(), by_name.end());
  std::ranges::sort(list, std::greater(), [](const auto& each) { return each.second.seconds; });
  Json all = Json::array();
  for (const auto& [name, sum] : list) all.push_back({{"name", name}, {"calls", sum.calls}, {"seconds", sum.seconds}});
  return all;
}

}  // namespace

void profile_training(const Json& contest) {
  namespace profiler = torch::profiler::impl;
  const OwnTraining training(contest);
  const auto most = member<std::int64_t>(contest, "steps", "contest");
  const auto kind = training.device().is_cuda() ? profiler::ActivityType::CUDA : profiler::ActivityType::CPU;
  const profiler::ProfilerConfig config(profiler::ProfilerState::KINETO);
  torch::autograd::profiler::prepareProfiler(config, {kind});
  std::int64_t first = 0;
  double before = 0;
  training.run(0, [&](const Trace& trace, std::int64_t /*total*/) {
    const auto steps = static_cast<std::int64_t>(trace.step_loss.size());
    if (first == 0 && steps >= kWarmUp) {
      first = steps;
      before = trace.seconds;
      torch::autograd::profiler::enableProfiler(config, {kind});
    } else if (first > 0 && steps >= first + most) {
      const auto result = torch::autograd::profiler::disableProfiler();
      answer({{"steps", steps - first},
              {"seconds", trace.seconds - before},
              {"kernels", sums(*result, training.device().type())}});
      return false;
    }
    return true;
  });
}

}  // namespace tse::bench
