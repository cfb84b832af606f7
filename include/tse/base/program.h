#pragma once

#include <functional>
#include <string_view>

namespace tse {

/// The body of a program's main: runs it and returns its exit code. An Error goes to standard error as one line, with
/// the code of its kind (ExitCode); anything else thrown is a bug of the program `name`, and said to be one.
int run_program(std::string_view name, const std::function<int()>& body);

}  // namespace tse
