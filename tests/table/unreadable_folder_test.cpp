#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/failing_folders.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/table/nats.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(UnreadableFolder, OfNatsFilesIsBadData) {
  const TempFolder folder;
  for (const char* name : {"000000.pickle.pbz2", "000001.pickle.pbz2", "000002.pickle.pbz2"}) folder.write(name, "");
  const FailingFolders failing;
  EXPECT_THAT(message_of<DataError>([&] { read_nats(folder.path(), {}); }),
              AllOf(StartsWith("[" + folder.path().string() + "]"), HasSubstr("Input/output error")));
}

}  // namespace
}  // namespace tse
