#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/error.h"
#include "tse/base/option.h"
#include "tse/base/spec.h"

namespace tse {

/// One line of a registry table: the name people type, one sentence with its source, how to make it from a spec, and
/// its options with their defaults (for `tse list` and the documentation).
template <class Product>
struct Entry {
  std::string name;
  std::string summary;
  std::function<Product(const Spec&)> make;
  std::function<std::string()> options_help = [] { return std::string(); };
};

/// The line of what has settings, whose options the spec's are: `make` gets them read. Errors of the options are at
/// "KIND NAME".
template <class Product, class Settings, class Make>
Entry<Product> line_with(const std::string& kind, const std::string& name, const std::string& summary,
                         const Make& make) {
  return {.name = name,
          .summary = summary,
          .make = [place = kind + ' ' + name, make](const Spec& spec) -> Product {
            Settings settings;
            assign(settings.options(), spec, place);
            return make(settings);
          },
          .options_help =
              [] {
                Settings settings;
                return describe(settings.options());
              }};
}

/// The visible list of all implementations of one concept. Nothing registers itself: to add one, add a line.
template <class Product>
class Registry {
 public:
  Registry(std::string kind, std::vector<Entry<Product>> entries)
      : kind_(std::move(kind)), entries_(std::move(entries)) {}

  const std::vector<Entry<Product>>& entries() const { return entries_; }

  std::vector<std::string> names() const {
    std::vector<std::string> list;
    for (const auto& entry : entries_) list.push_back(entry.name);
    return list;
  }

  /// Whether `text` names one of them, whatever its options.
  bool knows(std::string_view text) const {
    return std::ranges::find(entries_, text.substr(0, text.find(':')), &Entry<Product>::name) != entries_.end();
  }

  /// Makes what `text` names; a UsageError lists the known names where it is none of them.
  Product make(std::string_view text) const {
    const Spec spec = parse_spec(text, kind_);
    const auto found = std::ranges::find(entries_, spec.name, &Entry<Product>::name);
    if (found == entries_.end()) throw UsageError(kind_, "{}", unknown_name(kind_, spec.name, names()));
    return found->make(spec);
  }

 private:
  std::string kind_;
  std::vector<Entry<Product>> entries_;
};

}  // namespace tse
