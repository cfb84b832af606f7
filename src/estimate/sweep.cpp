#include "tse/estimate/sweep.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "tse/base/error.h"
#include "tse/base/spec.h"

namespace tse {
namespace {

constexpr std::size_t kMost = 10000;

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t end = text.find(at);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::optional<int> whole(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Every combination of the options' values.
std::vector<std::string> combinations(std::string_view text) {
  if (text.ends_with(":lower")) return {std::string(text)};  // a column
  const Spec spec = parse_spec(text, "estimators");
  std::vector<Spec> list = {{.name = spec.name, .options = {}}};
  for (const auto& [key, value] : spec.options) {
    std::vector<Spec> longer;
    std::vector<std::string> values;
    if (key == "name") {  // of a column, which may hold anything
      values.push_back(value);
    } else {
      for (const std::string_view element : split(value, '+'))
        for (std::string& one : expand_range(element, "estimators")) values.push_back(std::move(one));
    }
    if (list.size() * values.size() > kMost)
      throw UsageError("estimators", "expected at most {} combinations; got '{}'", kMost, text);
    for (const Spec& one : list) {
      for (const std::string& chosen : values) {
        longer.push_back(one);
        longer.back().options.emplace_back(key, chosen);
      }
    }
    list = std::move(longer);
  }
  std::vector<std::string> texts;
  for (const Spec& one : list) texts.push_back(to_text(one));
  return texts;
}

}  // namespace

std::vector<std::string> expand_range(std::string_view element, std::string_view place) {
  const std::size_t dots = element.find("..");
  if (dots == std::string_view::npos) return {std::string(element)};
  const std::string_view rest = element.substr(dots + 2);
  const std::size_t slash = rest.find('/');
  const auto from = whole(element.substr(0, dots));
  const auto to = whole(rest.substr(0, slash));
  const auto step = slash == std::string_view::npos ? 1 : whole(rest.substr(slash + 1));
  if (!from || !to || !step || *step < 1 || *from > *to)
    throw UsageError(place, "expected FROM..TO or FROM..TO/STEP in whole numbers; got '{}'", element);
  std::vector<std::string> values;
  for (long long value = *from; value <= *to; value += *step) {
    if (values.size() == kMost) throw UsageError(place, "expected at most {} values; got '{}'", kMost, element);
    values.push_back(std::to_string(value));
  }
  return values;
}

std::vector<std::string> expand_estimators(std::string_view text) {
  std::vector<std::string> list;
  for (const std::string& one : split_names(text, "estimators"))
    for (std::string& combination : combinations(one)) list.push_back(std::move(combination));
  if (list.size() > kMost) throw UsageError("estimators", "expected at most {}; got {}", kMost, list.size());
  return list;
}

}  // namespace tse
