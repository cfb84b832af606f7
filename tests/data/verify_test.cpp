#include "tse/data/verify.h"

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
  folder.write("SHA256SUMS", sum + "  train.bin\nnonsense\n" + std::string(64, '0') + "  test.bin\n");
  const auto checks = check_files(*make_data("cifar100:dir=" + folder.path().string()));
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(checks[0].sha256, sum);
  EXPECT_EQ(checks[0].listed, sum);
  EXPECT_FALSE(checks[0].damaged());
  EXPECT_TRUE(checks[1].damaged());
  EXPECT_EQ(checks[1].published.size(), 64U);  // known, and another
}

TEST(Verify, NamesAMissingFile) {
  const TempFolder folder;
  EXPECT_THAT(message_of<DataError>([&] { check_files(*make_data("cifar100:dir=" + folder.path().string())); }),
              HasSubstr("train.bin"));
  EXPECT_TRUE(check_files(*make_data("synthetic")).empty());
}

}  // namespace
}  // namespace tse
