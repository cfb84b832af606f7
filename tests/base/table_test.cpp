#include "tse/base/table.h"

#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tse/base/random.h"

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

TEST(TextTable, TooWideFollowsInAnotherWithTheSameKeys) {
  TextTable table({{"T", Align::right}, {"score"}, {"rho", Align::right}, {"tau", Align::right}});
  table.add({"5", "tse-ema", "0.644", "0.474"});
  table.add({"10", "params", "0.780", "0.619"});
  EXPECT_EQ(table.text(26, 2), table.text());
  EXPECT_EQ(table.text(20, 2),
            " T  score      rho\n"
            "--  -------  -----\n"
            " 5  tse-ema  0.644\n"
            "10  params   0.780\n"
            "\n"
            " T  score      tau\n"
            "--  -------  -----\n"
            " 5  tse-ema  0.474\n"
            "10  params   0.619\n");
  EXPECT_EQ(table.text(1, 2), table.text(20, 2));  // a column at a time is the least
}

TEST(TextTable, BreaksALastColumnOfWords) {
  TextTable table({{"T", Align::right}, {"not behind"}});
  table.add({"5", "tse, tse-e, tse-ema-paper, blend, params"});
  EXPECT_EQ(table.text(28),
            "T  not behind\n"
            "-  -------------------------\n"
            "5  tse, tse-e,\n"
            "   tse-ema-paper, blend,\n"
            "   params\n");
}

/// Random tables: no line is wider than it need be, and no cell is lost.
TEST(TextTable, FitsWhateverWidthThereIs) {
  Stream random(0);
  for (int n = 0; n < 200; ++n) {
    std::vector<TextTable::Column> columns = {{"key"}};
    const auto more = 1 + random.below(8);
    for (std::size_t i = 0; i < more; ++i) columns.push_back({"c" + std::to_string(i), Align::right});
    TextTable table(columns);
    std::vector<std::string> cells = {"k"};
    for (std::size_t i = 0; i < more; ++i)
      cells.push_back(std::string(1 + random.below(9), static_cast<char>('a' + i)));
    table.add(cells);
    const int width = 14 + static_cast<int>(random.below(60));  // for the key and the widest
    const std::string text = table.text(width);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << text;
    for (const std::string& cell : cells) EXPECT_NE(text.find(cell), text.npos) << text;
  }
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
