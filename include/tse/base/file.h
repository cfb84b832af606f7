#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tse {

using Bytes = std::vector<std::uint8_t>;

/// The whole of a regular file. A DataError names the file and the reason where it cannot be read or holds more than
/// `most` bytes; the size is checked before memory is taken.
Bytes read_file(const std::filesystem::path& file, std::size_t most);

/// Bytes to text, as they are.
std::string_view as_text(std::span<const std::uint8_t> bytes);

enum class Packing { none, gzip, xz, bzip2, zlib };  // zlib: of parts of files, by no ending

/// By the ending of the name, in any case: `.gz`, `.xz`, `.bz2` or `.pbz2`, anything else.
Packing packing_of(const std::filesystem::path& file);

/// What the packed bytes unpack to, checksums verified. A DataError at `place` where they are damaged, cut short, or
/// unpack to more than `most` bytes: memory stays within twice `most` whatever comes.
Bytes unpack(std::span<const std::uint8_t> packed, Packing packing, std::string_view place, std::size_t most);

/// `read_file`, then `unpack` as the name says.
Bytes read_unpacked(const std::filesystem::path& file, std::size_t most);

/// The first that exists of `folder/name`, `folder/name.gz`, `folder/name.xz`. DataError where none does.
std::filesystem::path find_packed(const std::filesystem::path& folder, std::string_view name);

}  // namespace tse
