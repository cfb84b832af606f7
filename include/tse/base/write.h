#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace tse {

/// Writes a file whole or not at all: under a temporary name in the same folder, then renamed. A kill leaves the old
/// file or the new one. The folder is made where it is missing. DataError names file and reason (full disk, no
/// permission).
void write_file(const std::filesystem::path& file, std::span<const std::uint8_t> bytes);
void write_file(const std::filesystem::path& file, std::string_view text);

/// DataError where the file is there: for results that must not replace what somebody keeps under that name.
void expect_no_file(const std::filesystem::path& file);

}  // namespace tse
