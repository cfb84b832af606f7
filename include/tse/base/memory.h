#pragma once

#include <cstddef>
#include <filesystem>

namespace tse {

/// Bytes of memory that new processes can take without the machine swapping or killing them: what the kernel calls
/// available, or what is left of the control group's limit (version 2, or 1 as containers mount it) where that is less.
/// 0 where the kernel does not say. `root` is where proc and sys are mounted.
std::size_t available_memory(const std::filesystem::path& root = "/");

}  // namespace tse
