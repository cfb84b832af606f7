#include "tse/workflow/archs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"

namespace tse {
namespace {

using testing::HasSubstr;

const std::string kOne = "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|";
const std::string kTwo = "|nor_conv_1x1~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|";

std::vector<Arch> read(const std::string& content) {
  const TempFolder folder;
  return read_archs(folder.write("cells.txt", content).string(), *make_space("nb201"), 0);
}

TEST(Archs, AreReadFromTheListsOfOtherPrograms) {
  const std::vector<Arch> both = read(kOne + "\n" + kTwo + "\n");
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(read("\xEF\xBB\xBF" + kOne + "\r\n" + kTwo), both);
  EXPECT_EQ(read("# of old\r" + kOne + "\r\r  " + kTwo + "\t\r"), both);
}

TEST(Archs, AreRefusedWithTheirLine) {
  EXPECT_THAT(message_of<DataError>([] { read(kOne + "\rnonsense\r"); }), HasSubstr("cells.txt:2]"));
  EXPECT_THAT(message_of<DataError>([] { read(std::string("\xFF\xFE|\0", 4)); }), HasSubstr("got UTF-16"));
  EXPECT_THAT(message_of<DataError>([] { read(kOne + "\n" + kOne); }), HasSubstr("that of line 1 comes again"));
  EXPECT_THAT(message_of<DataError>([] { read("\n# nothing\n"); }), HasSubstr("at least one architecture"));
}

}  // namespace
}  // namespace tse
