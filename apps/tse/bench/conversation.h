#pragma once

#include <filesystem>
#include <string>

#include "tse/base/json.h"
#include "tse/exec/process.h"

namespace tse::cli {

/// A process that answers each line of JSON with one. It ends with this object.
class Conversation {
 public:
  /// Starts the program with one JSON document as its argument. What it complains of goes to our standard error.
  Conversation(const std::filesystem::path& program, const Json& argument);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation();

  void send(const Json& request);

  /// Waits for the next answer. DataError where the process ended instead.
  Json receive();

 private:
  [[noreturn]] void ended();

  std::string name_;
  Child child_;
  std::string read_;  // and not yet answered with
};

}  // namespace tse::cli
