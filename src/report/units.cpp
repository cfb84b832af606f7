#include "tse/report/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace tse {
namespace {

// The index of the first byte of every character.
std::vector<std::size_t> character_starts(const std::string& text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) starts.push_back(i);
  return starts;
}

}  // namespace

std::string number_text(double value) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  // the zeros at the end keep a column aligned; "#" would add a fifth digit to 1234
  return std::abs(value) >= 999.95 ? fmt::format("{:.4g}", value) : fmt::format("{:#.4g}", value);
}

std::string fixed_text(double value, int decimals) {
  if (!std::isfinite(value)) return number_text(value);
  const std::string text = fmt::format("{:.{}f}", value, decimals);
  // -0.00 is 0.00
  return text.starts_with('-') && text.find_first_not_of("-0.") == std::string::npos ? text.substr(1) : text;
}

std::string count_text(std::int64_t count) {
  if (std::abs(count) < 1000) return fmt::format("{}", count);
  constexpr std::array<char, 5> kSuffixes = {'k', 'M', 'G', 'T', 'P'};
  double value = static_cast<double>(count);
  for (std::size_t i = 0;; ++i) {
    value /= 1000;
    // 999.6 would be printed as 1000: it belongs to the next suffix
    if (std::abs(value) >= 999.5 && i + 1 < kSuffixes.size()) continue;
    const int decimals = std::abs(value) >= 99.95 ? 0 : std::abs(value) >= 9.995 ? 1 : 2;
    return fmt::format("{:.{}f}{}", value, decimals, kSuffixes[i]);
  }
}

std::string interval_text(double low, double high, int decimals) {
  if (std::isnan(low)) return "-";
  return fmt::format("[{}, {}]", fixed_text(low, decimals), fixed_text(high, decimals));
}

std::string plural(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "-";
  if (seconds > 1e12) return "for ever";
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  const std::int64_t minutes = whole / 60;
  const std::int64_t hours = minutes / 60;
  if (minutes == 0) return fmt::format("{} s", whole);
  if (hours == 0) return fmt::format("{} min {:02} s", minutes, whole % 60);
  if (hours < 24) return fmt::format("{} h {:02} min", hours, minutes % 60);
  return fmt::format("{} d {:02} h", hours / 24, hours % 24);
}

std::string shorten_middle(const std::string& text, int width) {
  constexpr std::size_t kDots = 3;
  const std::vector<std::size_t> starts = character_starts(text);
  const auto room = static_cast<std::size_t>(std::max(width, 5));
  if (starts.size() <= room) return text;
  const std::size_t head = (room - kDots + 1) / 2;
  const std::size_t tail = room - kDots - head;
  return text.substr(0, starts[head]) + "..." + text.substr(starts[starts.size() - tail]);
}

}  // namespace tse
