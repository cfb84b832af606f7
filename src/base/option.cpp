#include "tse/base/option.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>

#include "tse/base/error.h"

namespace tse {
namespace {

std::vector<std::string> names(const Options& options) {
  std::vector<std::string> list;
  for (const Option& option : options) list.push_back(option.name);
  return list;
}

const Option& find(const Options& options, std::string_view name, std::string_view place) {
  const auto found = std::ranges::find(options, name, &Option::name);
  if (found == options.end()) throw UsageError(place, "{}", unknown_name("option", name, names(options)));
  return *found;
}

[[noreturn]] void refuse(const Option& option, std::string_view wanted, std::string_view got, std::string_view place) {
  throw UsageError(place, "{} must be {}; got '{}'", option.name, wanted, got);
}

/// What a number must be that is too large or too small for its type: the rule, and where that says nothing of it, what
/// the type holds.
template <class Number>
std::string range_text(const Option& option, [[maybe_unused]] std::string_view text) {
  if constexpr (std::is_floating_point_v<Number>) {
    return fmt::format("{}, and 0 or of a size from {} to {}", rule_text(option), std::numeric_limits<Number>::min(),
                       std::numeric_limits<Number>::max());
  } else {
    if (text.starts_with('-') || std::isfinite(option.rule.most)) return rule_text(option);
    return fmt::format("in [{}, {}]", std::max(option.rule.least, 0.0), std::numeric_limits<Number>::max());
  }
}

template <class Number>
Number parse_number(const Option& option, std::string_view text, std::string_view kind, std::string_view place) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool all = end == text.data() + text.size();
  if (error == std::errc::result_out_of_range && all) refuse(option, range_text<Number>(option, text), text, place);
  if (error != std::errc{} || !all) refuse(option, kind, text, place);
  const auto value = static_cast<double>(number);
  if (!(value >= option.rule.least && value <= option.rule.most)) refuse(option, rule_text(option), text, place);
  return number;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replace});
    }
  }
  return row.back();
}

struct Parse {
  const Option& option;
  std::string_view text;
  std::string_view place;

  void operator()(bool* target) const {
    if (text == "1" || text == "true" || text == "on") {
      *target = true;
    } else if (text == "0" || text == "false" || text == "off") {
      *target = false;
    } else {
      refuse(option, "1 or 0 (true, false, on, off)", text, place);
    }
  }
  void operator()(int* target) const { *target = parse_number<int>(option, text, "a whole number", place); }
  void operator()(std::uint64_t* target) const {
    *target = parse_number<std::uint64_t>(option, text, "a whole number, not negative", place);
  }
  void operator()(double* target) const { *target = parse_number<double>(option, text, "a number", place); }
  void operator()(std::string* target) const {
    const auto& words = option.rule.words;
    if (!words.empty() && std::ranges::find(words, text) == words.end()) {
      refuse(option, rule_text(option), text, place);
    }
    *target = std::string(text);
  }
};

struct Print {
  std::string operator()(const bool* value) const { return *value ? "1" : "0"; }
  std::string operator()(const std::string* value) const { return *value; }
  std::string operator()(const auto* value) const { return fmt::format("{}", *value); }
};

}  // namespace

Rule between(double least, double most) { return {.least = least, .most = most, .words = {}}; }
Rule at_least(double least) { return {.least = least, .words = {}}; }
Rule one_of(std::vector<std::string> words) { return {.words = std::move(words)}; }

void assign(const Options& options, std::string_view name, std::string_view text, std::string_view place) {
  const Option& option = find(options, name, place);
  std::visit(Parse{option, text, place}, option.value);
}

void assign(const Options& options, const Spec& spec, std::string_view place) {
  for (const auto& [key, text] : spec.options) assign(options, key, text, place);
}

void assign(const Options& options, const Json& object, std::string_view place) {
  for (const Option& option : options) {
    const Json value = member<Json>(object, option.name, place);
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    try {
      std::visit(Parse{option, text, place}, option.value);
    } catch (const UsageError& error) {
      throw DataError(place, "{}", error.what());
    }
  }
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(options, key, &Option::name) == options.end()) {
      throw DataError(place, "{}", unknown_name("member", key, names(options)));
    }
  }
}

Json to_json(const Options& options) {
  Json object = Json::object();
  for (const Option& option : options) {
    std::visit([&](const auto* value) { object[option.name] = *value; }, option.value);
  }
  return object;
}

std::string value_text(const Option& option) { return std::visit(Print{}, option.value); }

std::string rule_text(const Option& option) {
  const Rule& rule = option.rule;
  if (!rule.words.empty()) return fmt::format("one of {}", fmt::join(rule.words, ", "));
  if (std::holds_alternative<bool*>(option.value)) return "1 or 0";
  double least = rule.least;
  double most = rule.most;
  if (std::holds_alternative<int*>(option.value)) {
    least = std::max(least, static_cast<double>(std::numeric_limits<int>::min()));
    most = std::min(most, static_cast<double>(std::numeric_limits<int>::max()));
  } else if (std::holds_alternative<std::uint64_t*>(option.value)) {
    least = std::max(least, 0.0);
  } else if (std::holds_alternative<std::string*>(option.value)) {
    return "";
  }
  if (std::isinf(least) && std::isinf(most)) return "a number";
  if (std::isinf(most)) return fmt::format("at least {}", least);
  return fmt::format("in [{}, {}]", least, most);
}

Spec shortest_spec(std::string_view name, const Options& options, const Options& defaults) {
  Spec spec{.name = std::string(name), .options = {}};
  for (std::size_t i = 0; i < options.size(); ++i) {
    std::string text = value_text(options[i]);
    if (text != value_text(defaults.at(i))) spec.options.emplace_back(options[i].name, std::move(text));
  }
  return spec;
}

std::string describe(const Options& options) {
  std::string text;
  for (const Option& option : options) {
    const std::string rule = rule_text(option);
    text +=
        fmt::format("{}={}  {}{}{}\n", option.name, value_text(option), option.help, rule.empty() ? "" : ", ", rule);
  }
  return text;
}

std::string unknown_name(std::string_view kind, std::string_view name, const std::vector<std::string>& known) {
  std::string message = fmt::format("unknown {} '{}'; known are {}", kind, name, fmt::join(known, ", "));
  const auto nearest =
      std::ranges::min_element(known, {}, [&](const std::string& candidate) { return edit_distance(candidate, name); });
  if (nearest != known.end() && edit_distance(*nearest, name) <= 2)
    message += fmt::format(" (did you mean '{}'?)", *nearest);
  return message;
}

}  // namespace tse
