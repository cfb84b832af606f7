#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tse/table/nats_cell.h"

namespace tse {

struct NatsFile {
  NatsCell cell;
  std::string sha256;  // of the file as it is
};

/// The cells' files of a folder in order of their names. DataError where there are none.
std::vector<std::filesystem::path> nats_files(const std::filesystem::path& folder);

NatsFile read_nats_file(const std::filesystem::path& file);

/// The architectures that the folder's meta file lists; none where there is no such file.
std::vector<std::string> nats_archs(const std::filesystem::path& folder);

/// Reads all files with some threads, a few at a time, and hands each to `take` in order, which runs in the caller's
/// thread. The first file's error, in that order, is thrown.
void read_nats_files(const std::vector<std::filesystem::path>& files, int threads,
                     const std::function<void(std::size_t number, NatsFile file)>& take);

}  // namespace tse
