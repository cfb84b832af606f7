#include "tse/workflow/archs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "tse/base/error.h"
#include "tse/base/path.h"
#include "tse/base/text.h"

namespace tse {
namespace {

constexpr std::size_t kMostArchs = 1'000'000;
constexpr std::size_t kMostBytes = std::size_t{1} << 28U;  // of a list
constexpr std::size_t kLongestLine = 1 << 16;

std::string trimmed(const std::string& line) {
  const std::size_t start = line.find_first_not_of(" \t");
  if (start == std::string::npos) return "";
  return line.substr(start, line.find_last_not_of(" \t") + 1 - start);
}

/// Whether it is written as one, `inf` and `nan` among them.
bool is_number(const std::string& text) {
  const char* const first = text.data() + (text.starts_with('+') ? 1 : 0);
  double value = 0;
  const auto [end, error] = std::from_chars(first, text.data() + text.size(), value);
  return end != first && end == text.data() + text.size();
}

/// All that comes, from a pipe too.
std::string read_all(std::istream& from, const std::string& file) {
  std::string bytes;
  std::array<char, 1 << 16> piece{};
  while (from.read(piece.data(), piece.size()) || from.gcount() > 0) {
    bytes.append(piece.data(), static_cast<std::size_t>(from.gcount()));
    if (bytes.size() > kMostBytes) throw DataError(file, "expected at most {} bytes; there are more", kMostBytes);
  }
  if (from.bad()) throw DataError(file, "expected to read the file to its end");
  return bytes;
}

std::vector<Arch> read_lines(std::istream& from, const std::string& file, const Space& space) {
  std::istringstream lines(plain_text(read_all(from, file), file));
  std::vector<Arch> archs;
  std::map<std::string, std::size_t> seen;  // the line of each
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.size() > kLongestLine)
      throw DataError(fmt::format("{}:{}", file, number), "expected a line of at most {} bytes; got {}", kLongestLine,
                      line.size());
    const std::string text = trimmed(line);
    if (text.empty() || text.starts_with('#')) continue;
    try {
      archs.push_back(space.parse(text));
    } catch (const UsageError& error) {
      throw DataError(fmt::format("{}:{}", file, number), "{}", error.what());
    }
    const auto [first, fresh] = seen.emplace(archs.back().text, number);
    if (!fresh)
      throw DataError(fmt::format("{}:{}", file, number),
                      "expected each architecture once; that of line {} comes again", first->second);
    if (archs.size() > kMostArchs) throw DataError(file, "expected at most {} architectures", kMostArchs);
  }
  if (archs.empty()) throw DataError(file, "expected at least one architecture; got none");
  return archs;
}

}  // namespace

std::vector<Arch> read_archs(const std::string& text, const Space& space, std::uint64_t seed, std::string_view flag) {
  if (text == "-") return read_lines(std::cin, "standard input", space);
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && count >= 1 && count <= kMostArchs) return sample_unique(space, static_cast<int>(count), seed);
  if (whole || (is_number(text) && !path_exists(text)))
    throw UsageError(flag, "expected a whole number in [1, {}], a file, or -; got '{}'", kMostArchs, text);
  if (is_folder(text)) throw DataError(text, "expected a file of architectures, one per line; got a folder");
  std::ifstream file(text);
  if (!file) throw DataError(text, "expected a file of architectures, one per line; it cannot be opened");
  return read_lines(file, text, space);
}

}  // namespace tse
