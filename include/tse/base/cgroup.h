#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace tse {

/// The folders of the control groups that this process is in, from the top one down to its own: version 2, and those of
/// a controller (`memory`, `cpu`) of version 1. Limits hold at every level. `root` is where proc and sys are mounted.
std::vector<std::filesystem::path> control_groups(std::string_view controller, const std::filesystem::path& root = "/");

}  // namespace tse
