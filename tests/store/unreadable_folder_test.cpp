#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sqlite_study.h"
#include "support/failing_folders.h"
#include "support/temp_folder.h"
#include "tse/store/study_file.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

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
