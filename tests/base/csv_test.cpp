#include "tse/base/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "support/expect_error.h"
#include "tse/base/error.h"
#include "tse/base/random.h"

namespace tse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const std::string& text) {
  try {
    Csv::parse(text, "t.csv");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(Csv, ReadsPlainAndQuotedCells) {
  const Csv csv = Csv::parse("arch,e1,e2\r\na,1,2\r\n\"b,\"\"c\"\"\nd\",,\"3\"\r\n", "t.csv");
  EXPECT_THAT(csv.header(), ElementsAre("arch", "e1", "e2"));
  ASSERT_EQ(csv.rows(), 2U);
  EXPECT_EQ(csv.cell(0, 0), "a");
  EXPECT_EQ(csv.cell(1, 0), "b,\"c\"\nd");
  EXPECT_EQ(csv.cell(1, 1), "");
  EXPECT_EQ(csv.cell(1, 2), "3");
  EXPECT_EQ(csv.column("e2"), 2U);
  EXPECT_EQ(csv.find_column("e3"), std::nullopt);
  EXPECT_THROW(csv.column("e3"), DataError);
}

TEST(Csv, TakesWhatProgramsWrite) {
  for (const char* text : {"a,b\n1,2", "a,b\n1,2\n", "a,b\r\n1,2\r\n",
                           "\xEF\xBB\xBF"
                           "a,b\n1,2\n",
                           "\n\na,b\n\n1,2\n\n", "\"a\",\"b\"\n\"1\",\"2\""}) {
    const Csv csv = Csv::parse(text, "t.csv");
    EXPECT_THAT(csv.header(), ElementsAre("a", "b")) << text;
    ASSERT_EQ(csv.rows(), 1U) << text;
    EXPECT_EQ(csv.cell(0, 1), "2") << text;
  }
  EXPECT_EQ(Csv::parse("a,b\n", "t.csv").rows(), 0U);
  EXPECT_EQ(Csv::parse("a\n\"\"\n", "t.csv").rows(), 1U);
}

TEST(Csv, CopiesAndMovesKeepTheirCells) {
  Csv first = Csv::parse("a\n1\n", "t.csv");
  const Csv copy = first;
  const Csv moved = std::move(first);
  EXPECT_EQ(copy.cell(0, 0), "1");
  EXPECT_EQ(moved.cell(0, 0), "1");
}

TEST(Csv, NamesTheLineAndColumnOfWhatIsWrong) {
  EXPECT_THAT(refusal(""), HasSubstr("[t.csv] expected a header line"));
  EXPECT_THAT(refusal("\n\r\n"), HasSubstr("[t.csv] expected a header line"));
  EXPECT_THAT(refusal("a,b\n1,2\n3\n"), HasSubstr("[t.csv:3:1] expected 2 cells as in the header; got 1"));
  EXPECT_THAT(refusal("a,b\n1,2,3\n"), HasSubstr("[t.csv:2:5] expected 2 cells as in the header; got 3"));
  EXPECT_THAT(refusal("a;b\n1,5;2\n"), HasSubstr("expected 1 cells as in the header; got 2. Commas separate cells"));
  EXPECT_THAT(refusal("a,b,a\n"), HasSubstr("[t.csv:1:5] expected each column name once; 'a'"));
  EXPECT_THAT(refusal("a,b\n1,\"2\n"), HasSubstr("[t.csv:2:3] expected a closing quote"));
  EXPECT_THAT(refusal("a,b\n1,\"2\"3\n"), HasSubstr("[t.csv:2:6] expected a comma or a line end"));
  EXPECT_THAT(refusal("a,b\n1,2\"3\n"), HasSubstr("[t.csv:2:4] expected a quote only around a whole cell"));
  EXPECT_THAT(refusal(std::string("a,b\n1,\0\n", 8)), HasSubstr("[t.csv:2:3] expected text; got a NUL byte"));
  EXPECT_THAT(refusal("a,b\n\"1\n\",2\n3\n"), HasSubstr("[t.csv:4:1]"));  // a quoted line break counts as a line
}

TEST(Csv, CellsAreCountedWhileTheyAreRead) {
  constexpr std::size_t kMost = 6;
  const auto said = [](const std::string& text) {
    return message_of<DataError>([&] { Csv::parse(text, "t.csv", kMost); });
  };
  EXPECT_EQ(Csv::parse("a,b\n1,2\n3,4\n", "t.csv", kMost).rows(), 2U);
  EXPECT_THAT(said("a,b\n1,2\n3,4\n5,6\n"), HasSubstr("[t.csv:4:1] expected at most 6 cells; there are more"));
  // before what is wrong behind it is seen
  EXPECT_THAT(said("a,b\n1,2,,,,,,,,\"\n"), HasSubstr("[t.csv:2:7] expected at most 6 cells"));
  EXPECT_THAT(said("a,b,c,d,e,f,g,\"\n"), HasSubstr("[t.csv:1:13] expected at most 6 cells"));
}

/// In a moment: names are looked up, not compared each with each.
TEST(Csv, ColumnsAreCounted) {
  std::string text = "c";
  for (std::size_t column = 1; column < Csv::kMostColumns; ++column) text += fmt::format(",{}", column);
  EXPECT_EQ(Csv::parse(text, "t.csv").header().size(), Csv::kMostColumns);
  EXPECT_THAT(refusal(text + ",d"),
              HasSubstr(fmt::format("[t.csv:1:{}] expected at most 1048576 columns; got 1048577", text.size() + 2)));
}

TEST(Csv, NumbersAreStrict) {
  const Csv csv = Csv::parse("x\n1.5\n-2e-3\n\"\"\nnan\nNA\ninf\n-inf\n7\n1.\n", "t.csv");
  EXPECT_EQ(csv.number(0, 0), 1.5);
  EXPECT_EQ(csv.number(1, 0), -2e-3);
  for (const std::size_t row : {2U, 3U, 4U}) EXPECT_TRUE(std::isnan(csv.number(row, 0)));
  EXPECT_EQ(csv.number(5, 0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(csv.number(6, 0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(csv.number(7, 0), 7);
  EXPECT_EQ(csv.number(8, 0), 1);
  const Csv words = Csv::parse("x\nInf\n-Infinity\n+inf\nINFINITY\nNaN\nna\n+1.5\n", "t.csv");  // of other programs
  for (const std::size_t row : {0U, 2U, 3U}) EXPECT_EQ(words.number(row, 0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(words.number(1, 0), -std::numeric_limits<double>::infinity());
  for (const std::size_t row : {4U, 5U}) EXPECT_TRUE(std::isnan(words.number(row, 0)));
  EXPECT_EQ(words.number(6, 0), 1.5);
  for (const char* text : {"1,5", " 1", "1 ", "1x", "+-1", "+", "0x10", "1e", "1e999", "-nan", "nan(1)", "infinit",
                           "1,234", "one", "-", "."}) {
    const Csv bad = Csv::parse("a,x\n1,\"" + std::string(text) + "\"\n", "t.csv");
    try {
      bad.number(0, 1);
      ADD_FAILURE() << text;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr("[t.csv:2:3] expected a number, blank or nan; got '" + std::string(text)));
    }
  }
}

TEST(Csv, ReadsBackAnyCells) {
  Stream random(1);
  const std::vector<std::string> alphabet = {"a", "b", ",", "\"", "\n", "\r", " ", "\xC3\xA9"};
  for (int i = 0; i < 500; ++i) {
    const std::size_t columns = 1 + random.below(4);
    const std::size_t rows = random.below(5);
    std::string text;
    std::vector<std::string> cells;
    for (std::size_t column = 0; column < columns; ++column) text += (column > 0 ? ",c" : "c") + std::to_string(column);
    text += '\n';
    for (std::size_t cell = 0; cell < rows * columns; ++cell) {
      std::string value;
      for (std::uint64_t n = random.below(6); n > 0; --n) value += alphabet[random.below(alphabet.size())];
      std::string quoted;
      for (const char letter : value) quoted += letter == '"' ? "\"\"" : std::string(1, letter);
      text += "\"" + quoted + "\"" + (cell % columns == columns - 1 ? (random.below(2) == 0 ? "\n" : "\r\n") : ",");
      cells.push_back(std::move(value));
    }
    const Csv csv = Csv::parse(text, "t.csv");
    ASSERT_EQ(csv.rows(), rows);
    for (std::size_t cell = 0; cell < cells.size(); ++cell)
      EXPECT_EQ(csv.cell(cell / columns, cell % columns), cells[cell]);
  }
}

TEST(Csv, LinesMayEndAsOnAnyMachine) {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    const Csv csv = Csv::parse(fmt::format("\xEF\xBB\xBF"
                                           "a,b{0}1,2{0}{0}3,4{0}",
                                           end),
                               "t.csv");
    EXPECT_EQ(csv.header(), (std::vector<std::string>{"a", "b"}));
    ASSERT_EQ(csv.rows(), 2U);
    EXPECT_EQ(csv.cell(1, 1), "4");
    EXPECT_EQ(csv.where(1, 1), "t.csv:4:3");
  }
}

TEST(Csv, SaysWhichLineIsNotUtf8) {
  EXPECT_THAT(refusal("a,b\n1,caf\xE9\n"), HasSubstr("[t.csv:2] expected text in UTF-8; got the byte \\xe9"));
  EXPECT_THAT(refusal(std::string("\xFF\xFE"
                                  "a\0",
                                  4)),
              HasSubstr("got UTF-16"));
}

TEST(Csv, AnyBytesAreReadOrRefused) {
  Stream random(2);
  const std::string alphabet("a1,,\"\"\n\r\0\xFF", 10);
  int read = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (std::uint64_t n = random.below(20); n > 0; --n) text += alphabet[random.below(alphabet.size())];
    try {
      const Csv csv = Csv::parse(text, "t.csv");
      for (std::size_t row = 0; row < csv.rows(); ++row)
        for (std::size_t column = 0; column < csv.header().size(); ++column)
          EXPECT_LE(csv.cell(row, column).size(), text.size());
      ++read;
    } catch (const DataError&) {
    }
  }
  EXPECT_GT(read, 100);
}

/// A file that goes away with the test.
class CsvFile : public testing::Test {
 protected:
  ~CsvFile() override { std::filesystem::remove(path_); }

  void write_packed(const std::string& text) {
    gzFile file = gzopen(path_.c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
  }

  std::filesystem::path path_ = std::filesystem::path(testing::TempDir()) / "tse_csv_test.csv.gz";
};

TEST_F(CsvFile, PackedIsReadAsItIs) {
  write_packed("a,b\n1,2\n");
  EXPECT_EQ(Csv::read(path_).cell(0, 1), "2");
}

TEST_F(CsvFile, MoreThanAllowedIsRefused) {
  write_packed("a\n" + std::string(1000000, '1') + "\n");
  EXPECT_THROW(Csv::read(path_, 100000), DataError);
}

TEST_F(CsvFile, MoreCellsThanAllowedAreRefused) {
  write_packed("a,b\n" + std::string(1000, ',') + "\n");
  EXPECT_THAT(message_of<DataError>([&] { Csv::read(path_, 100000, 100); }),
              HasSubstr("csv.gz:2:99] expected at most 100 cells"));
}

TEST_F(CsvFile, CutShortIsRefused) {
  write_packed("a\n" + std::string(1000, '1') + "2\n");
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 5);
  EXPECT_THROW(Csv::read(path_), DataError);
}

TEST_F(CsvFile, MissingIsRefused) { EXPECT_THROW(Csv::read(path_), DataError); }

TEST(CsvCell, IsReadBackAsItWas) {
  for (const std::string text : {"plain", "", "a,b", "say \"so\"", "two\nlines", ",\"\r\n"}) {
    const Csv table = Csv::parse("name,more\n" + csv_cell(text) + ",1\n", "table");
    ASSERT_EQ(table.rows(), 1U) << text;
    EXPECT_EQ(table.cell(0, 0), text);
  }
  Stream random(1);
  for (int i = 0; i < 1000; ++i) {
    const double number = std::ldexp(random.unit() - 0.5, static_cast<int>(random.below(600)) - 300);
    EXPECT_EQ(Csv::parse("x\n" + csv_cell(number) + "\n", "table").number(0, 0), number);
  }
  EXPECT_EQ(csv_cell(std::numeric_limits<double>::quiet_NaN()), "");
  EXPECT_EQ(csv_cell(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(csv_cell(-std::numeric_limits<double>::infinity()), "-inf");
}

}  // namespace
}  // namespace tse
