#include "tse/store/owner.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

namespace tse {
namespace {

enum class Life { running, gone, unknown };

struct Stat {
  Life life = Life::unknown;
  std::int64_t started = 0;
};

/// Reads /proc/PID/stat (proc(5)): the state is field 3, the start time field 22. Field 2, the name, may hold anything,
/// so we count from its last parenthesis.
Stat read_stat(int process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) {
    // a /proc mounted with hidepid shows nothing of others' processes
    const bool gone = process <= 0 || (kill(process, 0) != 0 && errno == ESRCH);
    return {.life = gone ? Life::gone : Life::unknown};
  }
  std::istringstream fields(text.substr(name_end + 1));
  std::string state;
  fields >> state;
  std::string field;
  for (int i = 4; i <= 22; ++i) fields >> field;
  Stat stat{.life = state == "Z" || state == "X" ? Life::gone : Life::running};
  std::istringstream(field) >> stat.started;
  return stat;
}

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace

Owner self() { return local_process(getpid()); }

Owner local_process(int process) {
  return {.host = host_name(), .process = process, .started = read_stat(process).started};
}

bool is_dead(const Owner& owner) {
  if (owner.host != host_name()) return false;
  const Stat stat = read_stat(owner.process);
  return stat.life == Life::gone || (stat.life == Life::running && stat.started != owner.started);
}

std::string to_text(const Owner& owner) { return fmt::format("process {} on {}", owner.process, owner.host); }

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool is_silent(double beat, double patience_seconds) { return !(std::abs(wall_seconds() - beat) <= patience_seconds); }

}  // namespace tse
