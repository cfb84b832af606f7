#include "tse/data/checksum_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "tse/base/error.h"
#include "tse/base/text.h"

namespace tse {
namespace {

constexpr std::size_t kDigits = 64;  // of a SHA-256

struct Listed {
  std::string name;
  std::string digest;
};

bool is_digest(std::string_view text) {
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// `SHA256 (NAME) = DIGEST`
std::optional<Listed> tagged_line(std::string_view line) {
  constexpr std::string_view kBegin = "SHA256 (";
  constexpr std::string_view kMiddle = ") = ";
  const std::size_t middle = line.rfind(kMiddle);
  if (!line.starts_with(kBegin) || middle == std::string_view::npos || middle < kBegin.size()) return std::nullopt;
  return Listed{.name = std::string(line.substr(kBegin.size(), middle - kBegin.size())),
                .digest = std::string(line.substr(middle + kMiddle.size()))};
}

/// `DIGEST  NAME`, or with a star for the second blank.
std::optional<Listed> plain_line(std::string_view line) {
  if (line.size() < kDigits + 3 || line[kDigits] != ' ') return std::nullopt;
  const char mode = line[kDigits + 1];
  if (mode != ' ' && mode != '*') return std::nullopt;
  return Listed{.name = std::string(line.substr(kDigits + 2)), .digest = std::string(line.substr(0, kDigits))};
}

/// What `\n`, `\r` and `\\` in it mean.
std::string unescaped(std::string_view name) {
  std::string plain;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '\\' || i + 1 == name.size()) {
      plain += name[i];
      continue;
    }
    const char next = name[++i];
    plain += next == 'n' ? '\n' : next == 'r' ? '\r' : next;
  }
  return plain;
}

std::optional<Listed> parse_line(std::string_view line) {
  const bool escaped = line.starts_with('\\');
  if (escaped) line.remove_prefix(1);
  std::optional<Listed> listed = tagged_line(line);
  if (!listed) listed = plain_line(line);
  if (!listed || !is_digest(listed->digest)) return std::nullopt;
  if (escaped) listed->name = unescaped(listed->name);
  listed->name = listed->name.substr(listed->name.rfind('/') + 1);
  std::ranges::transform(listed->digest, listed->digest.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return listed;
}

}  // namespace

std::map<std::string, std::string> parse_checksum_list(std::string_view bytes, std::string_view place) {
  std::map<std::string, std::string> sums;
  std::istringstream lines{plain_text(bytes, place)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find_first_not_of(" \t") == std::string::npos || line.starts_with('#')) continue;
    const std::string here = fmt::format("{}:{}", place, number);
    const std::optional<Listed> listed = parse_line(line);
    if (!listed) {
      throw DataError(here, "expected a SHA-256 of 64 digits and a file's name, as sha256sum writes them; got '{}'",
                      printable(line.substr(0, 100)));
    }
    const auto [there, fresh] = sums.emplace(listed->name, listed->digest);
    if (!fresh && there->second != listed->digest) {
      throw DataError(here, "expected one checksum of '{}'; an earlier line has another", printable(listed->name));
    }
  }
  return sums;
}

}  // namespace tse
