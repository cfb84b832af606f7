#pragma once

#include <filesystem>
#include <string_view>

namespace tse {

// What std::filesystem does with paths, with errors of ours: a DataError names the path and the reason where the system
// does not say (a name that is too long, a folder that may not be looked into, a working folder that is gone), and a
// UsageError the place that an empty path was given at.

/// Whether there is anything of this name; links are followed.
bool path_exists(const std::filesystem::path& path);

/// Whether there is a folder of this name; links are followed.
bool is_folder(const std::filesystem::path& path);

/// From the root, without `.` and `..`. `place` is what the path was given for.
std::filesystem::path absolute_path(const std::filesystem::path& path, std::string_view place);

/// The same with every symbolic link on the way followed: one name for one file, whatever link it was reached by. What
/// does not exist stays as it is.
std::filesystem::path resolved_path(const std::filesystem::path& path, std::string_view place);

}  // namespace tse
