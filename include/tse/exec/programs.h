#pragma once

#include <filesystem>
#include <string>

namespace tse {

/// A program that `tse` starts: beside it in a build folder, under libexec when installed. DataError where it is in
/// neither.
std::filesystem::path find_program(const std::string& name);

}  // namespace tse
