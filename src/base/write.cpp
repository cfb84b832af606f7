#include "tse/base/write.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tse/base/error.h"

namespace tse {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, int error) {
  throw DataError(file.string(), "expected to write the file; {}", std::strerror(error));
}

/// Writes all of it and makes it durable; 0, or the error number.
int write_all(int descriptor, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return ::fsync(descriptor) == 0 ? 0 : errno;
}

}  // namespace

void write_file(const std::filesystem::path& file, std::span<const std::uint8_t> bytes) {
  std::error_code made;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), made);
  if (made) refuse(file, made.value());
  const std::string temporary = fmt::format("{}.tmp{}", file.string(), ::getpid());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) refuse(file, errno);
  int error = write_all(descriptor, bytes);
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && std::rename(temporary.c_str(), file.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    refuse(file, error);
  }
}

void expect_no_file(const std::filesystem::path& file) {
  std::error_code ignored;  // writing says better what is wrong
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored)))
    throw DataError(file.string(), "expected a new file; it exists already");
}

void write_file(const std::filesystem::path& file, std::string_view text) {
  write_file(file, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

}  // namespace tse
