#include "tse/base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "tse/base/error.h"

namespace tse {
namespace {

using namespace std::string_view_literals;
using testing::HasSubstr;

TEST(Text, LinesEndAlike) {
  EXPECT_EQ(plain_text("a\nb\r\nc\rd", "x"), "a\nb\nc\nd");
  EXPECT_EQ(plain_text("\r\r\n\n", "x"), "\n\n\n");
  EXPECT_EQ(plain_text("a\r", "x"), "a\n");
  EXPECT_EQ(plain_text("", "x"), "");
}

TEST(Text, AByteOrderMarkIsNoneOfIt) {
  EXPECT_EQ(plain_text("\xEF\xBB\xBFnames", "x"), "names");
  EXPECT_EQ(plain_text("\xEF\xBB\xBF", "x"), "");
  EXPECT_EQ(without_byte_order_mark("a\xEF\xBB\xBF"), "a\xEF\xBB\xBF");
}

TEST(Text, SaysWhatElseItIs) {
  const auto said = [](std::string_view bytes) {
    return message_of<DataError>([&] { plain_text(bytes, "list.txt"); });
  };
  EXPECT_EQ(said("\xFF\xFE\x61\0"sv), "[list.txt] expected text in UTF-8; got UTF-16");
  EXPECT_EQ(said("\xFE\xFF\0\x61"sv), "[list.txt] expected text in UTF-8; got UTF-16");
  EXPECT_EQ(said("\xFF\xFE\0\0a\0\0\0"sv), "[list.txt] expected text in UTF-8; got UTF-32");
  EXPECT_EQ(said("a\r\nb\rc\xE9"), "[list.txt:3] expected text in UTF-8; got the byte \\xe9");
  EXPECT_EQ(said("a\n\0b"sv), "[list.txt:2] expected text in UTF-8; got the byte \\x00");
}

// The cases of RFC 3629 and of Unicode's table 3-7.
TEST(Text, KnowsUtf8) {
  for (const std::string_view good : {"plain"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv,
                                      "\xEE\x80\x80"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv, "na\xC3\xAFve"sv}) {
    EXPECT_EQ(first_not_utf8(good), std::nullopt) << printable(good);
  }
  for (const std::string_view bad :
       {"\x80"sv, "\xC0\xAF"sv, "\xC1\xBF"sv, "\xE0\x9F\xBF"sv, "\xED\xA0\x80"sv, "\xF0\x8F\xBF\xBF"sv,
        "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xC3"sv, "\xE2\x82"sv, "\xFF"sv}) {
    EXPECT_EQ(first_not_utf8(bad), 0U) << printable(bad);
    EXPECT_EQ(first_not_utf8("ab" + std::string(bad)), 2U) << printable(bad);
  }
}

TEST(Text, ShowsWhatCannotBePrinted) { EXPECT_EQ(printable("caf\xE9 \xC3\xA9\n\x7F"), "caf\\xe9 \xC3\xA9\\x0a\\x7f"); }

}  // namespace
}  // namespace tse
