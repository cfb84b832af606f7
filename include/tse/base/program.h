#pragma once

#include <functional>
#include <string_view>

namespace tse {

/// The body of a program's main: runs it and returns its exit code. An Error goes to standard error as one line, with
/// the code of its kind (ExitCode), standard output that cannot be written among them. So does what the system refuses:
/// memory, threads, a path that it cannot follow (kExitData). Anything else thrown is a bug of the program `name`, and
/// said to be one. From then on a write beyond a limit on the size of files is an error, not the end of the process.
int run_program(std::string_view name, const std::function<int()>& body);

/// Freed memory stays with the process. By default glibc gives every large block back to the system, and the page
/// faults of getting it again are the largest single cost of training a small network. What was freed before the call
/// is given back.
void keep_freed_memory();

}  // namespace tse
