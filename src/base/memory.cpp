#include "tse/base/memory.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

#include "tse/base/cgroup.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

/// A file with one number; nothing where there is none, or "max".
std::optional<std::size_t> number_in(const fs::path& file) {
  std::ifstream stream(file);
  std::size_t value = 0;
  if (!(stream >> value)) return std::nullopt;
  return value;
}

/// What follows a name in a file of `name value` lines.
std::optional<std::size_t> number_after(const fs::path& file, const std::string& name) {
  std::ifstream lines(file);
  std::string found;
  std::size_t value = 0;
  for (std::string rest; lines >> found >> value && std::getline(lines, rest);) {
    if (found == name) return value;
  }
  return std::nullopt;
}

std::optional<std::size_t> kernel_available(const fs::path& root) {
  const auto kibibytes = number_after(root / "proc/meminfo", "MemAvailable:");
  if (!kibibytes) return std::nullopt;
  return *kibibytes * 1024;
}

/// How one version of control groups names what it knows of memory.
struct Names {
  const char* limits[2];
  const char* usage;
  const char* cached;  // in memory.stat: file pages that nobody uses now, which the kernel gives up first
};
constexpr Names kVersions[] = {
    {.limits = {"memory.max", "memory.high"}, .usage = "memory.current", .cached = "inactive_file"},
    {.limits = {"memory.limit_in_bytes", "memory.memsw.limit_in_bytes"},
     .usage = "memory.usage_in_bytes",
     .cached = "total_inactive_file"}};

/// What is left of a group's limit; nothing where it has none.
std::optional<std::size_t> left_in(const fs::path& group) {
  std::optional<std::size_t> least;
  for (const Names& names : kVersions) {
    const auto usage = number_in(group / names.usage);
    if (!usage) continue;
    const std::size_t cached = number_after(group / "memory.stat", names.cached).value_or(0);
    const std::size_t used = *usage - std::min(*usage, cached);
    for (const char* name : names.limits) {
      const auto limit = number_in(group / name);
      if (!limit) continue;
      const std::size_t left = *limit - std::min(*limit, used);
      least = std::min(least.value_or(left), left);
    }
  }
  return least;
}

}  // namespace

std::size_t available_memory(const fs::path& root) {
  std::optional<std::size_t> least = kernel_available(root);
  for (const fs::path& group : control_groups("memory", root)) {
    const auto left = left_in(group);
    if (left) least = std::min(least.value_or(*left), *left);
  }
  return least.value_or(0);
}

}  // namespace tse
