#include "tse/data/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/base/hash.h"

namespace tse {
namespace {

using testing::HasSubstr;

TEST(Verify, ComparesWithTheListBesideTheFiles) {
  const TempFolder folder;
  const std::string record(3074, '\1');
  const std::string sum = Hash().add(record).hex();
  folder.write("train.bin", record);
  folder.write("test.bin", record);
  folder.write("SHA256SUMS", sum + "  ./train.bin\r\n" + std::string(64, '0') + "  test.bin\n");
  const auto checks = check_files(*make_data("cifar100:dir=" + folder.path().string()));
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(checks[0].sha256, sum);
  EXPECT_EQ(checks[0].listed, sum);
  EXPECT_FALSE(checks[0].damaged());
  EXPECT_TRUE(checks[1].damaged());
  EXPECT_EQ(checks[1].as_published, false);  // known, and another
}

TEST(Verify, RefusesAListThatChecksNothing) {
  const TempFolder folder;
  const std::string record(3074, '\1');
  folder.write("train.bin", record);
  folder.write("test.bin", record);
  const auto said = [&](const std::string& list) {
    folder.write("SHA256SUMS", list);
    return message_of<DataError>([&] { check_files(*make_data("cifar100:dir=" + folder.path().string())); });
  };
  EXPECT_THAT(said(""), HasSubstr("it lists nothing"));
  EXPECT_THAT(said(std::string(64, '0') + "  notes.txt\n"), HasSubstr("it lists others, as 'notes.txt'"));
  EXPECT_THAT(said("see the web page\n"), HasSubstr("SHA256SUMS:1] expected a SHA-256"));
}

TEST(Verify, NamesAMissingFile) {
  const TempFolder folder;
  EXPECT_THAT(message_of<DataError>([&] { check_files(*make_data("cifar100:dir=" + folder.path().string())); }),
              HasSubstr("train.bin"));
  EXPECT_TRUE(check_files(*make_data("synthetic")).empty());
}

}  // namespace
}  // namespace tse
