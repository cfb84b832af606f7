#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace tse {

/// What an archive may hold at most.
struct ArchiveLimits {
  std::uint64_t bytes = std::uint64_t{1} << 30U;  // of all files together, unpacked
  int entries = 10'000;
  int strip = 0;  // leading folders taken off each name; what has no more parts than that is left out
};

struct ArchiveFile {
  std::filesystem::path name;  // relative, without `..`
  std::uint64_t bytes = 0;

  bool operator==(const ArchiveFile&) const = default;
};

/// Reads a tar archive, gzipped or not, to its end and lists the files. DataError at `place` where it is damaged, holds
/// more than the limits, anything but files and folders (no links: they could lead out of the folder), or a name that
/// is absolute or has `..` in it.
std::vector<ArchiveFile> list_archive(std::span<const std::uint8_t> bytes, std::string_view place,
                                      const ArchiveLimits& limits = {});

/// Unpacks under `folder`, under the same rules. Files appear there only once the whole archive has been read and
/// found good; those of the same name are replaced. Returns what was unpacked.
std::vector<ArchiveFile> unpack_archive(const std::filesystem::path& archive, const std::filesystem::path& folder,
                                        const ArchiveLimits& limits = {});

}  // namespace tse
