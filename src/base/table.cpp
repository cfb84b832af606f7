#include "tse/base/table.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <stdexcept>

namespace tse {
namespace {

constexpr int kNarrowest = 24;  // of a column whose texts are broken

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Of Unicode's general categories Mn and Me, and of East Asian Width W and F, the blocks that occur in names.
constexpr std::array<Range, 6> kNoWidth = {
    {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}}};
constexpr std::array<Range, 8> kDoubleWidth = {{{0x1100, 0x115F},
                                                {0x2E80, 0xA4CF},
                                                {0xAC00, 0xD7A3},
                                                {0xF900, 0xFAFF},
                                                {0xFE30, 0xFE6F},
                                                {0xFF00, 0xFF60},
                                                {0x1F300, 0x1FAFF},
                                                {0x20000, 0x3FFFD}}};

bool within(const auto& ranges, std::uint32_t point) {
  return std::ranges::any_of(ranges, [&](const Range& range) { return range.first <= point && point <= range.last; });
}

/// Takes one character off the front.
std::uint32_t next_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte(0);
  const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 1;
  std::uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || (byte(i) & 0xC0U) != 0x80U) {
      text.remove_prefix(1);
      return '?';
    }
    point = point << 6U | (byte(i) & 0x3FU);
  }
  text.remove_prefix(length);
  return point;
}

std::string without_controls(std::string text) {
  for (char& letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x20 || byte == 0x7F) letter = '?';
  }
  return text;
}

void append(std::string& line, std::string_view text, int width, TextTable::Align align) {
  const auto missing = static_cast<std::size_t>(width - display_width(text));
  if (align == TextTable::Align::right) line.append(missing, ' ');
  line += text;
  if (align == TextTable::Align::left) line.append(missing, ' ');
}

/// In lines of so many columns at the most where blanks allow it; at least one.
std::vector<std::string> broken(std::string_view text, int width) {
  std::vector<std::string> lines;
  while (display_width(text) > width) {
    std::size_t end = text.npos;  // before the last blank that is within the width, or the first one there is
    for (std::size_t blank = text.find(' '); blank != text.npos; blank = text.find(' ', blank + 1)) {
      if (end != text.npos && display_width(text.substr(0, blank)) > width) break;
      end = blank;
    }
    if (end == text.npos) break;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  lines.emplace_back(text);
  return lines;
}

}  // namespace

void TextTable::add(std::vector<std::string> cells) {
  if (cells.size() > columns_.size()) throw std::invalid_argument("TextTable: more cells than columns");
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = without_controls(std::move(cell));
  rows_.push_back(std::move(cells));
}

std::vector<int> TextTable::natural_widths() const {
  std::vector<int> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    int width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i]));
    widths.push_back(width);
  }
  return widths;
}

std::string TextTable::block(const std::vector<std::size_t>& shown, const std::vector<int>& widths) const {
  std::string all;
  const auto add_line = [&](const auto& cell) {
    std::string line;
    for (const std::size_t i : shown) {
      if (i != shown.front()) line += "  ";
      append(line, cell(i), widths[i], columns_[i].align);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + "\n";
  };
  add_line([&](std::size_t i) { return columns_[i].title; });
  add_line([&](std::size_t i) { return std::string(static_cast<std::size_t>(widths[i]), '-'); });
  for (const auto& row : rows_) {
    const std::vector<std::string> pieces = broken(row[shown.back()], widths[shown.back()]);
    for (std::size_t k = 0; k < pieces.size(); ++k) {
      add_line([&](std::size_t i) { return i == shown.back() ? pieces[k] : k == 0 ? row[i] : std::string(); });
    }
  }
  return all;
}

std::string TextTable::text(int width, std::size_t keys) const {
  std::vector<int> widths = natural_widths();
  keys = std::min(keys, columns_.size());
  const auto taken = [&](std::size_t first, std::size_t last) {
    return std::accumulate(widths.begin() + static_cast<std::ptrdiff_t>(first),
                           widths.begin() + static_cast<std::ptrdiff_t>(last), 2 * static_cast<int>(last - first));
  };
  const int excess = taken(0, columns_.size()) - 2 - width;
  if (width > 0 && excess > 0 && columns_.back().align == Align::left)
    widths.back() = std::clamp(widths.back() - excess, std::min(widths.back(), kNarrowest), widths.back());
  std::string all;
  std::size_t first = keys;
  do {
    std::size_t last = std::min(first + 1, columns_.size());
    while (last < columns_.size() && (width <= 0 || taken(0, keys) + taken(first, last + 1) - 2 <= width)) ++last;
    std::vector<std::size_t> shown(keys + last - first);
    std::iota(shown.begin(), shown.begin() + static_cast<std::ptrdiff_t>(keys), 0);
    std::iota(shown.begin() + static_cast<std::ptrdiff_t>(keys), shown.end(), first);
    all += (all.empty() ? "" : "\n") + block(shown, widths);
    first = last;
  } while (first < columns_.size());
  return all;
}

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const std::uint32_t point = next_point(text);
    width += within(kNoWidth, point) ? 0 : within(kDoubleWidth, point) ? 2 : 1;
  }
  return width;
}

}  // namespace tse
