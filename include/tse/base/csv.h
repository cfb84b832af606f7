#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/file.h"

namespace tse {

/// A table from outside: comma-separated values with a header line (RFC 4180: quoted cells; lines end by LF, CRLF or
/// CR). Errors are DataErrors that name file, line and column: `[cells.csv:12:7] ...`.
class Csv {
 public:
  static constexpr std::size_t kMostCells = std::size_t{1} << 25U;    // 16 bytes each: half a gigabyte
  static constexpr std::size_t kMostColumns = std::size_t{1} << 20U;  // of any table

  /// Parses a text that is already here; `place` names its source. DataError where a quote is misplaced or left open,
  /// where a row has more or fewer cells than the header, where a name stands twice in the header, where there is no
  /// header, where the text holds a NUL byte or is not UTF-8, or where there are more than `most_cells`, the header's
  /// counted. Empty lines are skipped, a byte order mark too. The text is kept as it comes, without a copy.
  static Csv parse(Bytes text, std::string place, std::size_t most_cells = kMostCells);
  static Csv parse(std::string_view text, std::string place, std::size_t most_cells = kMostCells);

  /// Reads a file, unpacked where its name says that it is packed; refused where it holds more than `most` bytes,
  /// packed or not, or too many cells.
  static Csv read(const std::filesystem::path& file, std::size_t most = std::size_t{1} << 28U,
                  std::size_t most_cells = kMostCells);

  const std::vector<std::string>& header() const { return header_; }

  /// Data rows, the header not counted.
  std::size_t rows() const { return header_.empty() ? 0 : cells_.size() / header_.size(); }

  /// The index of the column of this name.
  std::optional<std::size_t> find_column(std::string_view name) const;

  /// The same; a DataError that lists the columns where there is none of this name.
  std::size_t column(std::string_view name) const;

  /// Valid as long as this table is.
  std::string_view cell(std::size_t row, std::size_t column) const;

  /// The cells of the first column, which must be called `name` and hold each value once (DataError with both places).
  /// Valid as long as this table is.
  std::vector<std::string_view> keys(std::string_view name) const;

  /// The cell as a number; NaN where it is blank or says nan or NA, infinite where it says inf, -inf or Infinity, in
  /// any case. DataError where
  /// it is anything else, blanks around it included, or does not fit a double.
  double number(std::size_t row, std::size_t column) const;

  /// `file:line:column` of a cell, both from 1, the column in bytes.
  std::string where(std::size_t row, std::size_t column) const;

  const std::string& place() const { return place_; }

 private:
  struct Cell {
    std::uint32_t begin = 0;  // in text_
    std::uint32_t size = 0;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
  };
  class Parser;

  std::string_view text(const Cell& cell) const { return as_text(text_).substr(cell.begin, cell.size); }
  std::string where(const Cell& cell) const;

  std::string place_;
  Bytes text_;  // with the doubled quotes taken out in place
  std::vector<std::string> header_;
  std::vector<Cell> cells_;  // row by row
};

/// One cell as a table has it: quoted where it must be; a number in as few digits as tell it from any other, `inf`
/// or `-inf`, nothing where it is NaN.
std::string csv_cell(std::string_view text);
std::string csv_cell(double number);

}  // namespace tse
