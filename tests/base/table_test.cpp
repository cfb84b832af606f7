#include "tse/base/table.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace tse {
namespace {

using Align = TextTable::Align;

TEST(TextTable, AlignsColumns) {
  TextTable table({{"rank", Align::right}, {"arch"}, {"score", Align::right}});
  table.add({"1", "|skip~0|", "-1.25"});
  table.add({"10", "|none~0|+", "-12.5"});
  table.add({"11"});
  EXPECT_EQ(table.text(),
            "rank  arch       score\n"
            "----  ---------  -----\n"
            "   1  |skip~0|   -1.25\n"
            "  10  |none~0|+  -12.5\n"
            "  11\n");
}

TEST(TextTable, AlignsLettersThatTakeMoreBytesOrColumns) {
  TextTable table({{"class"}, {"n", Align::right}});
  table.add({"\xC3\xA9t\xC3\xA9", "1"});  // "ete" with two accents: 5 bytes, 3 columns
  table.add({"\xE7\x8C\xAB", "22"});      // a Chinese character: 3 bytes, 2 columns
  table.add({"e\xCC\x81", "3"});          // e and a combining accent: 1 column
  EXPECT_EQ(table.text(),
            "class   n\n"
            "-----  --\n"
            "\xC3\xA9t\xC3\xA9     1\n"
            "\xE7\x8C\xAB     22\n"
            "e\xCC\x81       3\n");
}

TEST(TextTable, KeepsATerminalSafe) {
  TextTable table({{"arch"}});
  table.add({"a\x1b[2J\nb\r"});
  EXPECT_EQ(table.text(), "arch\n--------\na?[2J?b?\n");
}

TEST(TextTable, RefusesMoreCellsThanColumns) {
  TextTable table({{"arch"}});
  EXPECT_THROW(table.add({"a", "b"}), std::invalid_argument);
}

TEST(DisplayWidth, OfEveryLengthOfUtf8) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("\xC2\xB1"), 1);          // U+00B1
  EXPECT_EQ(display_width("\xE2\x80\xA6"), 1);      // U+2026
  EXPECT_EQ(display_width("\xF0\x9F\x90\x88"), 2);  // U+1F408, a cat
  EXPECT_EQ(display_width("\xFF\xC3"), 2);          // not UTF-8
  EXPECT_EQ(display_width("\xE2\x80"), 2);          // cut short
}

}  // namespace
}  // namespace tse
