#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace tse {

/// A process that works on a study. Process id and start time together name it for as long as its host runs.
struct Owner {
  std::string host;
  int process = 0;
  std::int64_t started = 0;  // clock ticks after boot

  bool operator==(const Owner&) const = default;
};

/// This process.
Owner self();

/// A process of this host that is known by its id, as a parent knows its child. `started` is 0 where it is gone.
Owner local_process(int process);

/// Whether the owner surely lives no more: known only on its own host. A zombie is dead.
bool is_dead(const Owner& owner);

/// In words: `process 4711 on HOST`.
std::string to_text(const Owner& owner);

/// Seconds since 1970 by the wall clock: the one clock that processes of different hosts share.
double wall_seconds();

/// Whether somebody last heard of at `beat` (wall_seconds) has been silent for longer than `patience_seconds`. A time
/// as far in the future counts too: the clock was set back.
bool is_silent(double beat, double patience_seconds);

}  // namespace tse
