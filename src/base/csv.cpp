#include "tse/base/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/missing.h"
#include "tse/base/option.h"
#include "tse/base/text.h"

namespace tse {
namespace {

/// A hint where the cells seem to be separated by something else than commas.
std::string_view other_separator(const std::vector<std::string>& header) {
  const bool other = header.size() == 1 && header.front().find_first_of(";\t") != std::string::npos;
  return other ? ". Commas separate cells, and numbers have a decimal point" : "";
}

bool same_word(std::string_view text, std::string_view lower) {
  return std::ranges::equal(
      text, lower, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

/// As R, pandas, NumPy, Java and spreadsheets write one; nothing where it is none.
std::optional<double> number_in(std::string_view text) {
  if (text.empty() || same_word(text, "nan") || same_word(text, "na")) return kMissing;
  const bool signed_so = text[0] == '-' || text[0] == '+';
  const std::string_view bare = signed_so ? text.substr(1) : text;
  if (same_word(bare, "inf") || same_word(bare, "infinity")) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return text[0] == '-' ? -kInfinity : kInfinity;
  }
  if (bare.empty()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(bare.data(), bare.data() + bare.size(), value);
  // from_chars knows words and a second sign too; none ends in a digit or a point, and none begins so
  const auto plain = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  if (error != std::errc{} || end != bare.data() + bare.size() || !plain(bare.back()) || !plain(bare.front())) {
    return std::nullopt;
  }
  return text[0] == '-' ? -value : value;
}

}  // namespace

/// One pass over the text. Quoted cells are unescaped where they stand, so that cells can be views into the text.
class Csv::Parser {
 public:
  Parser(Bytes& text, const std::string& place, std::size_t most)
      : text_(reinterpret_cast<char*>(text.data()), text.size()), place_(place), most_(most) {}

  /// Adds the next line with anything on it; false at the end of the text.
  bool row(std::vector<Cell>& cells) {
    while (at_line_end()) skip_line_end();
    if (at_end()) return false;
    for (;;) {
      if (count_++ == most_) refuse(here(), fmt::format("expected at most {} cells; there are more", most_));
      cells.push_back(peek() == '"' ? quoted() : plain());
      if (at_end() || at_line_end()) {
        skip_line_end();
        return true;
      }
      ++at_;  // the comma
    }
  }

  void skip_byte_order_mark() {
    const std::string_view text(text_.data(), text_.size());
    line_begin_ = at_ = text.size() - without_byte_order_mark(text).size();
  }

 private:
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool at_line_end() const { return peek() == '\n' || peek() == '\r'; }

  /// `\n`, `\r\n` or `\r`
  void skip_line_end() {
    if (peek() == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    if (at_line_end()) new_line();
  }

  void new_line() {
    line_begin_ = ++at_;
    ++line_;
  }

  Cell here() const {
    return {.begin = static_cast<std::uint32_t>(at_),
            .size = 0,
            .line = line_,
            .column = static_cast<std::uint32_t>(at_ - line_begin_ + 1)};
  }

  [[noreturn]] void refuse(const Cell& cell, std::string_view message) const {
    throw DataError(fmt::format("{}:{}:{}", place_, cell.line, cell.column), "{}", message);
  }

  Cell plain() {
    Cell cell = here();
    while (!at_end() && peek() != ',' && !at_line_end()) {
      if (peek() == '"') refuse(here(), "expected a quote only around a whole cell; got one inside a plain cell");
      if (peek() == '\0') refuse(here(), "expected text; got a NUL byte");
      ++at_;
    }
    cell.size = static_cast<std::uint32_t>(at_ - cell.begin);
    return cell;
  }

  Cell quoted() {
    Cell cell = here();
    const Cell opening = cell;
    cell.begin = static_cast<std::uint32_t>(++at_);
    std::size_t to = at_;
    for (;;) {
      if (at_end()) refuse(opening, "expected a closing quote; the file ends without one");
      const char letter = text_[at_];
      if (letter == '\0') refuse(here(), "expected text; got a NUL byte");
      if (letter == '"' && (at_ + 1 == text_.size() || text_[at_ + 1] != '"')) break;
      if (letter == '"') ++at_;
      text_[to++] = letter;
      if (letter == '\n') {
        new_line();
      } else {
        ++at_;
      }
    }
    ++at_;
    if (!at_end() && peek() != ',' && !at_line_end())
      refuse(here(), "expected a comma or a line end after a closing quote");
    cell.size = static_cast<std::uint32_t>(to - cell.begin);
    return cell;
  }

  std::span<char> text_;
  const std::string& place_;
  std::size_t most_;
  std::size_t count_ = 0;  // of cells
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  std::uint32_t line_ = 1;
};

Csv Csv::parse(Bytes text, std::string place, std::size_t most_cells) {
  Csv csv;
  csv.place_ = std::move(place);
  csv.text_ = std::move(text);
  constexpr std::size_t kMostBytes = std::numeric_limits<std::uint32_t>::max();  // a cell's place must fit
  if (csv.text_.size() >= kMostBytes)
    throw DataError(csv.place_, "expected fewer than {} bytes; got {}", kMostBytes, csv.text_.size());
  expect_utf8(as_text(csv.text_), csv.place_);
  Parser parser(csv.text_, csv.place_, most_cells);
  parser.skip_byte_order_mark();
  std::vector<Cell> header;
  if (!parser.row(header)) throw DataError(csv.place_, "expected a header line; the table is empty");
  if (header.size() > kMostColumns)
    throw DataError(csv.where(header[kMostColumns]), "expected at most {} columns; got {}", kMostColumns,
                    header.size());
  std::unordered_set<std::string_view> names;
  for (const Cell& cell : header) {
    if (!names.insert(csv.text(cell)).second)
      throw DataError(csv.where(cell), "expected each column name once; '{}' stands twice", csv.text(cell));
    csv.header_.emplace_back(csv.text(cell));
  }
  const std::size_t columns = header.size();
  for (std::size_t before = 0; parser.row(csv.cells_); before = csv.cells_.size()) {
    if (const std::size_t got = csv.cells_.size() - before; got != columns)
      throw DataError(csv.where(csv.cells_.back()), "expected {} cells as in the header; got {}{}", columns, got,
                      other_separator(csv.header_));
  }
  return csv;
}

Csv Csv::parse(std::string_view text, std::string place, std::size_t most_cells) {
  return parse(Bytes(text.begin(), text.end()), std::move(place), most_cells);
}

Csv Csv::read(const std::filesystem::path& file, std::size_t most, std::size_t most_cells) {
  return parse(read_unpacked(file, most), file.string(), most_cells);
}

std::optional<std::size_t> Csv::find_column(std::string_view name) const {
  const auto found = std::ranges::find(header_, name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

std::size_t Csv::column(std::string_view name) const {
  const auto found = find_column(name);
  if (!found) throw DataError(place_, "{}", unknown_name("column", name, header_));
  return *found;
}

std::string_view Csv::cell(std::size_t row, std::size_t column) const {
  return text(cells_.at(row * header_.size() + column));
}

std::vector<std::string_view> Csv::keys(std::string_view name) const {
  if (header_.front() != name)
    throw DataError(place_, "expected the first column to be '{}'; got '{}'{}", name, header_.front(),
                    other_separator(header_));
  std::vector<std::string_view> list;
  std::unordered_map<std::string_view, std::size_t> first;
  for (std::size_t row = 0; row < rows(); ++row) {
    if (cell(row, 0).empty()) throw DataError(where(row, 0), "expected the name of an {}; got a blank", name);
    const auto [there, is_new] = first.emplace(cell(row, 0), row);
    if (!is_new)
      throw DataError(where(row, 0), "expected each {} once; '{}' stands in {} too", name, there->first,
                      where(there->second, 0));
    list.push_back(there->first);
  }
  return list;
}

double Csv::number(std::size_t row, std::size_t column) const {
  const std::string_view text = cell(row, column);
  if (const auto value = number_in(text)) return *value;
  throw DataError(where(row, column), "expected a number, blank or nan; got '{}'", printable(text.substr(0, 64)));
}

std::string Csv::where(std::size_t row, std::size_t column) const {
  return where(cells_.at(row * header_.size() + column));
}

std::string Csv::where(const Cell& cell) const { return fmt::format("{}:{}:{}", place_, cell.line, cell.column); }

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? "\"\"" : std::string(1, letter);
  return quoted + '"';
}

std::string csv_cell(double number) { return std::isnan(number) ? "" : fmt::format("{}", number); }

}  // namespace tse
