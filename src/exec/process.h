#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tse {

struct Child {
  pid_t process = 0;
  int output = -1;  // reads what it prints, standard output and error; not blocking
};

/// Starts a program, in its own process group, to be killed when the calling thread dies. DataError where it cannot be
/// started.
Child start_process(const std::filesystem::path& program, const std::vector<std::string>& arguments);

/// `exit code 3`, `signal 9 (Killed)`
std::string describe_status(int status);

}  // namespace tse
