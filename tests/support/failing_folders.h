#pragma once

// Folders whose listing fails half way, as on a network file system that went away or a bad disk. It stands before the
// C library's readdir, so it goes into one source of a test program.
#include <dirent.h>
#include <dlfcn.h>

#include <cerrno>

namespace tse {

inline constexpr int kAllEntries = -1;
inline int g_entries_that_work = kAllEntries;

/// As long as it lives three entries are listed, of which one at least is a file, then nothing more.
struct FailingFolders {
  FailingFolders() { g_entries_that_work = 3; }
  FailingFolders(const FailingFolders&) = delete;
  ~FailingFolders() { g_entries_that_work = kAllEntries; }
};

}  // namespace tse

/// Stands before the C library's, which libstdc++ calls.
extern "C" dirent* readdir(DIR* folder) {
  if (tse::g_entries_that_work == 0) {
    errno = EIO;
    return nullptr;
  }
  if (tse::g_entries_that_work > 0) --tse::g_entries_that_work;
  static const auto real = reinterpret_cast<dirent* (*)(DIR*)>(dlsym(RTLD_NEXT, "readdir"));
  return real(folder);
}
