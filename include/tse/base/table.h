#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tse {

/// A table for people to read on a terminal: columns aligned, two blanks between them, a rule under the titles.
///
///     rank  arch          score
///     ----  ------------  -----
///        1  |skip~0|+...   -1.2
class TextTable {
 public:
  enum class Align { left, right };

  struct Column {
    std::string title;
    Align align = Align::left;  // right for numbers
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One text per column; missing ones at the end are blank. Line breaks and other control characters, which would
  /// spoil the table or the terminal, are shown as `?`.
  void add(std::vector<std::string> cells);

  /// All lines, each ended, none with blanks at its end. Where they would be longer than `width` columns (0: without
  /// limit), texts in a last column on the left are broken at blanks, and what still does not fit beside the first
  /// `keys` columns follows below them, in a table of its own that repeats those.
  std::string text(int width = 0, std::size_t keys = 1) const;

 private:
  std::vector<int> natural_widths() const;
  std::string block(const std::vector<std::size_t>& shown, const std::vector<int>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// How many columns of a terminal the UTF-8 text takes: combining marks none, wide East Asian characters and emoji two.
/// A byte that is not UTF-8 counts one.
int display_width(std::string_view text);

}  // namespace tse
