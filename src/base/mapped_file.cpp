#include "tse/base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tse/base/error.h"

namespace tse {

MappedFile::MappedFile(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const auto refuse = [&](const char* words) {
    const int error = errno;
    if (descriptor >= 0) close(descriptor);
    throw DataError(file.string(), "{}: {}", words, std::strerror(error));
  };
  if (descriptor < 0) refuse("cannot be opened");
  struct stat facts{};
  if (fstat(descriptor, &facts) != 0) refuse("cannot be read");
  if (!S_ISREG(facts.st_mode)) {
    close(descriptor);
    throw DataError(file.string(), "expected a regular file");
  }
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size > 0) {
    void* memory = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) refuse("cannot be mapped");
    bytes_ = {static_cast<const std::uint8_t*>(memory), size};
  }
  close(descriptor);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
}

}  // namespace tse
