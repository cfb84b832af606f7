#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace tse {

// What std::filesystem does with paths, with errors of ours: a DataError names the path and the reason where the system
// does not say (a name that is too long, a folder that may not be looked into, a working folder that is gone), and a
// UsageError the place that an empty path was given at.

/// Whether there is anything of this name; links are followed.
bool path_exists(const std::filesystem::path& path);

/// Where a symbolic link leads that leads nowhere; nothing where it is none, or leads somewhere.
std::optional<std::filesystem::path> broken_link(const std::filesystem::path& path);

/// Whether there is a folder of this name; links are followed.
bool is_folder(const std::filesystem::path& path);

/// Makes the folder and those above it that are missing. Returns those it made, the innermost first; what cannot be
/// made is left to whoever needs it.
std::vector<std::filesystem::path> make_folders(const std::filesystem::path& folder);

/// Removes those of the folders that are empty.
void remove_empty(const std::vector<std::filesystem::path>& folders);

/// From the root, without `.` and `..`. `place` is what the path was given for.
std::filesystem::path absolute_path(const std::filesystem::path& path, std::string_view place);

/// The same with every symbolic link on the way followed: one name for one file, whatever link it was reached by. What
/// does not exist stays as it is.
std::filesystem::path resolved_path(const std::filesystem::path& path, std::string_view place);

}  // namespace tse
