#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tse {

/// What of a child's standard streams its parent keeps.
struct Streams {
  bool input = false;  // a pipe to its standard input; without it has nothing to read
  bool errors = true;  // its standard error comes with its output; without it goes where ours goes
};

struct Child {
  pid_t process = 0;
  int output = -1;  // reads what it prints; not blocking
  int input = -1;   // writes to it, where asked for
};

/// Starts a program, in its own process group, to be killed when the calling thread dies. DataError where it cannot be
/// started.
Child start_process(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                    const Streams& streams = {});

/// How a program ended, and what it printed.
struct Finished {
  int status = 0;  // as waitpid gives it
  std::string output;
};

/// Starts a program and waits for its end.
Finished run_to_end(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                    const Streams& streams = {});

/// `exit code 3`, `signal 9 (Killed)`
std::string describe_status(int status);

}  // namespace tse
