#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace tse {

/// A regular file as memory that is only read: processes that map the same file share it.
class MappedFile {
 public:
  /// DataError with the reason where it cannot be mapped.
  explicit MappedFile(const std::filesystem::path& file);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace tse
