#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tse {

/// What every error of ours says first: where it happened, in brackets; then what was expected; then what came.
class Error : public std::runtime_error {
 public:
  Error(std::string_view place, std::string_view message)
      : std::runtime_error(fmt::format("[{}] {}", place, message)) {}
};

/// The caller asked for something that cannot be: an unknown name, a value out of range (exit code 2).
class UsageError : public Error {
 public:
  template <class... Args>
  UsageError(std::string_view place, fmt::format_string<Args...> message, Args&&... args)
      : Error(place, fmt::format(message, std::forward<Args>(args)...)) {}
};

/// The world outside is not as it should be: a bad file, a full disk, a locked database (exit code 3).
class DataError : public Error {
 public:
  template <class... Args>
  DataError(std::string_view place, fmt::format_string<Args...> message, Args&&... args)
      : Error(place, fmt::format(message, std::forward<Args>(args)...)) {}
};

/// Exit codes of the programs; the last one is only of workers that the machine had too little memory or too few
/// threads for.
enum ExitCode : int {
  kExitDone = 0,
  kExitBug = 1,
  kExitUsage = 2,
  kExitData = 3,
  kExitInterrupted = 4,
  kExitShort = 5
};

}  // namespace tse
