#include "tse/base/cores.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>

#include "tse/base/cgroup.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

/// By the affinity mask. A machine may have more processors than cpu_set_t has bits: a longer mask is asked for until
/// it suffices.
int allowed_cores() {
  constexpr int kMostCores = 1 << 20;
  for (int most = CPU_SETSIZE; most <= kMostCores; most *= 2) {
    const auto release = [](cpu_set_t* set) { CPU_FREE(set); };
    const std::unique_ptr<cpu_set_t, decltype(release)> set(CPU_ALLOC(static_cast<std::size_t>(most)), release);
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(most));
    if (set && sched_getaffinity(0, bytes, set.get()) == 0) return std::max(1, CPU_COUNT_S(bytes, set.get()));
  }
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

/// Processors' worth of time in a group; nothing where it has no quota.
std::optional<double> quota(const fs::path& group) {
  double time = 0;
  double period = 0;
  std::ifstream both(group / "cpu.max");  // `QUOTA PERIOD`, or `max PERIOD`; version 1 has -1 for no quota
  if (!(both >> time >> period)) {
    std::ifstream first(group / "cpu.cfs_quota_us");
    std::ifstream second(group / "cpu.cfs_period_us");
    if (!(first >> time) || !(second >> period)) return std::nullopt;
  }
  if (!(time > 0 && period > 0)) return std::nullopt;
  return time / period;
}

}  // namespace

int available_cores(const fs::path& root) {
  int cores = allowed_cores();
  for (const fs::path& group : control_groups("cpu", root)) {
    const auto most = quota(group);
    if (most && *most < cores) cores = std::max(1, static_cast<int>(*most));
  }
  return cores;
}

}  // namespace tse
