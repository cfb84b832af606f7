#include "tse/search/requirement.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "tse/base/error.h"

namespace tse {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Not a number, and no sign in it: what is left of one that was misspelt.
bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_of("<>=!&| \t\r\n") == text.npos && (text[0] < '0' || text[0] > '9');
}

}  // namespace

Requirement::Clause Requirement::parse(std::string_view text, std::string_view place) {
  // the longer signs first, so that <= is not taken for <
  static constexpr std::array<std::pair<std::string_view, Comparison>, 6> kSigns = {{{"<=", Comparison::at_most},
                                                                                     {">=", Comparison::at_least},
                                                                                     {"==", Comparison::equal},
                                                                                     {"!=", Comparison::different},
                                                                                     {"<", Comparison::less},
                                                                                     {">", Comparison::more}}};
  for (const auto& [sign, comparison] : kSigns) {
    const std::size_t at = text.find(sign);
    if (at == std::string_view::npos) continue;
    const std::string_view name = trimmed(text.substr(0, at));
    const std::string_view number = trimmed(text.substr(at + sign.size()));
    double bound = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bound);
    if (is_name(name) && error == std::errc{} && end == number.data() + number.size() && std::isfinite(bound))
      return {.name = std::string(name), .comparison = comparison, .bound = bound};
    break;
  }
  throw UsageError(place, "expected a comparison with a number, as params<1e6; got '{}'", text);
}

Requirement::Requirement(std::string_view text, std::string_view place) {
  if (trimmed(text).empty()) return;
  for (std::size_t end = 0; end != std::string_view::npos; text.remove_prefix(end == text.npos ? 0 : end + 2)) {
    end = text.find("&&");
    clauses_.push_back(parse(trimmed(text.substr(0, end)), place));
  }
}

std::vector<std::string> Requirement::names() const {
  std::vector<std::string> list;
  for (const Clause& clause : clauses_) {
    if (std::ranges::find(list, clause.name) == list.end()) list.push_back(clause.name);
  }
  return list;
}

bool Requirement::holds(const std::function<double(const std::string&)>& number_of) const {
  return std::ranges::all_of(clauses_, [&](const Clause& clause) {
    const double value = number_of(clause.name);
    switch (clause.comparison) {
      case Comparison::less:
        return value < clause.bound;
      case Comparison::at_most:
        return value <= clause.bound;
      case Comparison::more:
        return value > clause.bound;
      case Comparison::at_least:
        return value >= clause.bound;
      case Comparison::equal:
        return value == clause.bound;
      case Comparison::different:
        return !std::isnan(value) && value != clause.bound;
    }
    return false;
  });
}

}  // namespace tse
