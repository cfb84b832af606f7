#include "tse/base/spec.h"

#include <algorithm>

#include "tse/base/error.h"

namespace tse {
namespace {

/// Cuts at commas that no backslash protects, and takes the protecting backslashes away.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == ',' || text[i + 1] == '\\')) {
      parts.back() += text[++i];
    } else if (text[i] == ',') {
      parts.emplace_back();
    } else {
      parts.back() += text[i];
    }
  }
  return parts;
}

}  // namespace

Spec parse_spec(std::string_view text, std::string_view place) {
  const std::size_t colon = text.find(':');
  Spec spec{.name = std::string(text.substr(0, colon)), .options = {}};
  if (spec.name.empty()) throw UsageError(place, "expected NAME or NAME:key=value,...; got '{}'", text);
  if (colon == std::string_view::npos) return spec;
  for (const std::string& part : split(text.substr(colon + 1))) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError(place, "expected key=value after '{}:'; got '{}' (a comma in a value is written \\,)", spec.name,
                       part);
    }
    std::string key = part.substr(0, equals);
    if (key.find_first_of(",\\") != std::string::npos) {
      throw UsageError(place, "expected an option's name without comma and backslash; got '{}'", key);
    }
    if (std::ranges::any_of(spec.options, [&](const auto& option) { return option.first == key; })) {
      throw UsageError(place, "'{}' is given twice in '{}'", key, text);
    }
    spec.options.emplace_back(std::move(key), part.substr(equals + 1));
  }
  return spec;
}

std::string to_text(const Spec& spec) {
  std::string text = spec.name;
  char before = ':';
  for (const auto& [key, value] : spec.options) {
    text += before;
    text += key;
    text += '=';
    for (const char letter : value) {
      if (letter == ',' || letter == '\\') text += '\\';
      text += letter;
    }
    before = ',';
  }
  return text;
}

std::vector<std::string> split_names(std::string_view list, std::string_view place) {
  std::vector<std::string> names(1);
  std::size_t start = 0;
  const auto take = [&](std::size_t end) {
    const std::string_view part = list.substr(start, end - start);
    if (start > 0 && part.find('=') < part.find(':')) {  // an option of the name before it
      names.back() += ',';
    } else if (start > 0) {
      names.emplace_back();
    }
    names.back() += part;
    start = end + 1;
  };
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '\\') {
      ++i;
    } else if (list[i] == ',') {
      take(i);
    }
  }
  take(list.size());
  for (const std::string& name : names) {
    if (name.empty()) throw UsageError(place, "expected names separated by commas; got '{}'", list);
  }
  return names;
}

}  // namespace tse
