#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tse {

/// The name of a configured thing as one shell-safe string: `nb201:channels=8,cells=1`, `cifar10:dir=DIR,train=10000`.
/// The same string names it on the command line, in a study, in tests and in reports. A comma inside a value is
/// written `\,`, a backslash before a comma or a backslash `\\`.
struct Spec {
  std::string name;
  std::vector<std::pair<std::string, std::string>> options;  // in the order given, each key once

  bool operator==(const Spec&) const = default;
};

/// A UsageError at `place` where the text is no such string: empty name, option without `=`, key given twice.
Spec parse_spec(std::string_view text, std::string_view place);

std::string to_text(const Spec& spec);

}  // namespace tse
