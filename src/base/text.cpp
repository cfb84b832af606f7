#include "tse/base/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "tse/base/error.h"

namespace tse {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The bytes of the character that begins the text, 1 to 4; 0 where none does.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  // the second byte of some first ones has a narrower range: nothing overlong, no surrogates, nothing past U+10FFFF
  const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < least || byte(1) > most) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

std::string_view wide_encoding(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xFF\xFE\0\0"sv) || bytes.starts_with("\0\0\xFE\xFF"sv)) return "UTF-32";
  if (bytes.starts_with("\xFF\xFE"sv) || bytes.starts_with("\xFE\xFF"sv)) return "UTF-16";
  return "";
}

/// The line of a byte, from 1.
std::size_t line_of(std::string_view text, std::size_t at) {
  std::size_t line = 1;
  for (std::size_t i = 0; i < at; ++i) {
    if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))) ++line;
  }
  return line;
}

[[noreturn]] void refuse_byte(std::string_view text, std::size_t at, std::string_view place) {
  throw DataError(fmt::format("{}:{}", place, line_of(text, at)), "expected text in UTF-8; got the byte {}",
                  printable(text.substr(at, 1)));
}

}  // namespace

std::optional<std::size_t> first_not_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

std::string_view without_byte_order_mark(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

void expect_utf8(std::string_view bytes, std::string_view place) {
  if (const std::string_view wide = wide_encoding(bytes); !wide.empty()) {
    throw DataError(place, "expected text in UTF-8; got {}", wide);
  }
  if (const auto bad = first_not_utf8(bytes)) refuse_byte(bytes, *bad, place);
}

std::string plain_text(std::string_view bytes, std::string_view place) {
  expect_utf8(bytes, place);
  if (const std::size_t nul = bytes.find('\0'); nul != std::string_view::npos) refuse_byte(bytes, nul, place);
  bytes = without_byte_order_mark(bytes);
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\r') {
      text += bytes[i];
    } else if (i + 1 == bytes.size() || bytes[i + 1] != '\n') {
      text += '\n';
    }
  }
  return text;
}

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    if (length == 0 || first < 0x20 || first == 0x7F) {
      shown += fmt::format("\\x{:02x}", first);
    } else {
      shown += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return shown;
}

}  // namespace tse
