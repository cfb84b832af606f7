#include "tse/base/memory.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

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

std::optional<std::size_t> kernel_available(const fs::path& root) {
  std::ifstream lines(root / "proc/meminfo");
  std::string name;
  std::size_t kibibytes = 0;
  for (std::string unit; lines >> name >> kibibytes && std::getline(lines, unit);) {
    if (name == "MemAvailable:") return kibibytes * 1024;
  }
  return std::nullopt;
}

std::optional<std::size_t> left_of(const fs::path& limit, const fs::path& usage) {
  const auto most = number_in(limit);
  const auto used = number_in(usage);
  if (!most || !used) return std::nullopt;
  return *most - std::min(*most, *used);
}

}  // namespace

std::size_t available_memory(const fs::path& root) {
  const auto kernel = kernel_available(root);
  const fs::path groups = root / "sys/fs/cgroup";
  std::size_t least = kernel.value_or(0);
  for (const auto& left : {left_of(groups / "memory.max", groups / "memory.current"),
                           left_of(groups / "memory/memory.limit_in_bytes", groups / "memory/memory.usage_in_bytes")}) {
    if (left) least = kernel ? std::min(least, *left) : *left;
  }
  return least;
}

}  // namespace tse
