#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "tse/base/hash.h"

namespace tse {

/// What to get, where to put it, and how to know that it is right.
struct Download {
  std::string url;             // http or https
  std::filesystem::path file;  // its folder must exist
  std::uint64_t most = 0;      // bytes; more is refused
  HashKind kind = HashKind::sha256;
  std::string hash;  // hexadecimal
  int attempts = 4;  // at going on after a connection that broke, as long as each brings something
};

struct DownloadProgress {
  std::uint64_t bytes = 0;  // there so far, those of earlier runs included
  std::uint64_t total = 0;  // 0: the server does not say
  double bytes_per_second = 0;
  double seconds_left = 0;  // 0: not known
};

/// Called a few times a second; false stops the download.
using OnDownload = std::function<bool(const DownloadProgress&)>;

/// Downloads to `file` with `.part` after it, goes on where an earlier run stopped (from the start where the server
/// cannot), checks the hash and renames. True at the end, also where the file was already there and right; false where
/// the caller stopped it. A DataError names the address and what is wrong: a broken connection keeps what came, a wrong
/// hash throws it away.
bool download(const Download& wanted, const OnDownload& on_progress = {});

/// Of a file's bytes; DataError where it cannot be read.
std::string hash_of_file(const std::filesystem::path& file, HashKind kind);

}  // namespace tse
