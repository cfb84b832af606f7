#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tse/base/json.h"
#include "tse/base/spec.h"

namespace tse {

/// What an option's value may be: a closed range for numbers, or one of a list of words.
struct Rule {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  std::vector<std::string> words;
};

Rule between(double least, double most);
Rule at_least(double least);
Rule one_of(std::vector<std::string> words);

/// One option of a struct, described once: parsing, checking, JSON, help and documentation all read this. A struct
/// with options has `std::vector<Option> options()` that points into itself; its member initialisers are the defaults.
struct Option {
  using Target = std::variant<bool*, int*, std::uint64_t*, double*, std::string*>;

  std::string name;
  Target value;
  std::string help;
  Rule rule;
};

using Options = std::vector<Option>;

/// Sets one option from text. UsageErrors name the place, the option, the rule and the value; an unknown name lists the
/// known ones.
void assign(const Options& options, std::string_view name, std::string_view text, std::string_view place);

/// Sets every option that the spec gives.
void assign(const Options& options, const Spec& spec, std::string_view place);

/// Sets every option from a JSON object that came from a file; each must be there, and no other (DataError).
void assign(const Options& options, const Json& object, std::string_view place);

Json to_json(const Options& options);

/// The value as `assign` reads it; numbers round-trip exactly.
std::string value_text(const Option& option);

/// The rule in words: `in [1, 4096]`, `one of cosine, constant`; empty where anything goes.
std::string rule_text(const Option& option);

/// The options of a struct in words, one line each: `channels=16  channels of the first stage, in [1, 1024]`.
std::string describe(const Options& options);

/// `name` followed by those of `options` that differ from `defaults`: the shortest spec that means the same.
Spec shortest_spec(std::string_view name, const Options& options, const Options& defaults);

/// The text of that spec, for any struct with options whose member initialisers are its defaults.
template <class Settings>
std::string shortest_text(std::string_view name, Settings settings) {
  Settings defaults;
  return to_text(shortest_spec(name, settings.options(), defaults.options()));
}

/// The message for a name that is not among the known ones: lists them, nearest first where one is near.
std::string unknown_name(std::string_view kind, std::string_view name, const std::vector<std::string>& known);

}  // namespace tse
