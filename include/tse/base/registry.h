#pragma once

#include <algorithm>
#include <functional>
#include <mutex>
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

/// The visible list of all implementations of one concept. Nothing of ours registers itself: to add one, add a line.
/// Those of others come by `add`.
template <class Product>
class Registry {
 public:
  Registry(std::string kind, std::vector<Entry<Product>> entries)
      : kind_(std::move(kind)), entries_(std::move(entries)) {}

  /// Those that there are now: more may come while they are looked at.
  std::vector<Entry<Product>> entries() const {
    const std::lock_guard lock(mutex_);
    return entries_;
  }

  /// UsageError where the name is taken, or is not one that a spec can have.
  void add(Entry<Product> entry) {
    if (entry.name.empty() || entry.name.find_first_of(":,") != std::string::npos)
      throw UsageError(kind_, "expected a name without ':' and ','; got '{}'", entry.name);
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(entries_, entry.name, &Entry<Product>::name) != entries_.end())
      throw UsageError(kind_, "expected a name of its own; there is a {} '{}' already", kind_, entry.name);
    entries_.push_back(std::move(entry));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> list;
    for (const auto& entry : entries()) list.push_back(entry.name);
    return list;
  }

  /// Whether `text` names one of them, whatever its options.
  bool knows(std::string_view text) const {
    const std::vector<Entry<Product>> all = entries();
    return std::ranges::find(all, text.substr(0, text.find(':')), &Entry<Product>::name) != all.end();
  }

  /// Makes what `text` names; a UsageError lists the known names where it is none of them.
  Product make(std::string_view text) const {
    const Spec spec = parse_spec(text, kind_);
    const std::vector<Entry<Product>> all = entries();
    const auto found = std::ranges::find(all, spec.name, &Entry<Product>::name);
    if (found == all.end()) throw UsageError(kind_, "{}", unknown_name(kind_, spec.name, names()));
    return found->make(spec);
  }

 private:
  std::string kind_;
  mutable std::mutex mutex_;  // of entries_
  std::vector<Entry<Product>> entries_;
};

}  // namespace tse
