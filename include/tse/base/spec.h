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

/// The names in a list like `tse,tse-e:epochs=2,steps=3,snip:batch=32`: a comma starts another name unless what follows
/// it is `key=value`. UsageError at `place` where one is empty.
std::vector<std::string> split_names(std::string_view list, std::string_view place);

}  // namespace tse
