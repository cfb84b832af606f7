#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/temp_folder.h"
#include "tse/base/json.h"

namespace tse {

/// What a finished command left.
struct Output {
  int code = -1;  // exit code, or 128 + the signal that ended it
  std::string out;
  std::string err;

  /// Standard output as the one JSON document that it must be.
  Json json() const { return parse_json(out, "standard output"); }
};

/// Runs commands of the command line in a folder of their own.
class Program {
 public:
  /// `arguments` go through the shell, after the program's name.
  Output operator()(const std::string& arguments) const { return shell(std::string(TSE_BIN "/tse ") + arguments); }

  Output shell(const std::string& command) const {
    const auto out = folder_.path() / ".out";
    const auto err = folder_.path() / ".err";
    const std::string line = "cd '" + folder_.path().string() + "' && { " + command + " ; } > .out 2> .err";
    const int status = std::system(line.c_str());
    return {
        .code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), .out = read(out), .err = read(err)};
  }

  const TempFolder& folder() const { return folder_; }

 private:
  static std::string read(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  TempFolder folder_;
};

}  // namespace tse
