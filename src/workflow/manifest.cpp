#include "tse/workflow/manifest.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmath>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>

#include "tse/cpu/instruction_set.h"
#include "tse/version.h"

namespace tse {
namespace {

/// What follows the first `key` in a file of `key separator value` lines; empty where there is none.
std::string look_up(const char* file, const std::string& key, char separator) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t start = line.find_first_not_of(" \t\"", line.find(separator) + 1);
    const std::size_t end = line.find_last_not_of(" \t\"");
    return start == std::string::npos ? "" : line.substr(start, end + 1 - start);
  }
  return "";
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

}  // namespace

Json manifest() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGE_SIZE);
  return {{"tse", kVersion},
          {"compiler", fmt::format("GCC {}", __VERSION__)},
          {"system", look_up("/etc/os-release", "PRETTY_NAME", '=')},
          {"cpu", look_up("/proc/cpuinfo", "model name", ':')},
          {"instruction_set", cpu::instruction_set()},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_gib", std::round(10 * static_cast<double>(pages) * static_cast<double>(page) / (1 << 30)) / 10},
          {"started", now_text()}};
}

}  // namespace tse
