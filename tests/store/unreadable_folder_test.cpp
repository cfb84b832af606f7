// Folders whose listing fails half way, as on a network file system that went away or a bad disk.
#include <dirent.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "store/sqlite_study.h"
#include "support/temp_folder.h"
#include "tse/store/nats.h"

namespace {

constexpr int kNever = -1;
int entries_that_work = kNever;

}  // namespace

/// Stands before the C library's, which libstdc++ calls.
extern "C" dirent* readdir(DIR* folder) {
  if (entries_that_work == 0) {
    errno = EIO;
    return nullptr;
  }
  if (entries_that_work > 0) --entries_that_work;
  static const auto real = reinterpret_cast<dirent* (*)(DIR*)>(dlsym(RTLD_NEXT, "readdir"));
  return real(folder);
}

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// Three entries are listed, of which one at least is a file, then nothing more.
struct FailingFolders {
  FailingFolders() { entries_that_work = 3; }
  FailingFolders(const FailingFolders&) = delete;
  ~FailingFolders() { entries_that_work = kNever; }
};

TEST(UnreadableFolder, OfNatsFilesIsBadData) {
  const TempFolder folder;
  for (const char* name : {"000000.pickle.pbz2", "000001.pickle.pbz2", "000002.pickle.pbz2"}) folder.write(name, "");
  const FailingFolders failing;
  EXPECT_THAT(message_of([&] { read_nats(folder.path(), {}); }),
              AllOf(StartsWith("[" + folder.path().string() + "]"), HasSubstr("Input/output error")));
}

TEST(UnreadableFolder, OfANewStudyIsBadData) {
  const TempFolder folder;
  for (const char* name : {"a", "b", "c"}) folder.write(name, "");
  const fs::path study = folder.path() / "study.db";
  const FailingFolders failing;
  EXPECT_THAT(message_of([&] { create_sqlite_study(study, kPlan, sample_jobs(1)); }),
              AllOf(StartsWith("[" + study.string() + "]"), HasSubstr("cannot list the folder"),
                    HasSubstr("Input/output error")));
  EXPECT_FALSE(fs::exists(study));
}

}  // namespace
}  // namespace tse
