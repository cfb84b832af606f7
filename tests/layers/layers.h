#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tse {

/// What in the tree at `root` breaks the rules of its docs/layers.txt: one line each, `FILE:LINE: what is wrong`,
/// sorted. A row that cannot be read, and a layer's folder without a row, count too.
std::vector<std::string> layer_violations(const std::filesystem::path& root);

}  // namespace tse
