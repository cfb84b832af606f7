#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

namespace tse {

/// JSON whose keys keep the order they were written in, as the documentation lists them.
using Json = nlohmann::ordered_json;

/// The number, or null where it is not finite (JSON has no NaN and no infinity).
Json finite_or_null(double value);

/// Parses a text that came from outside; `place` names its source in the DataError of a syntax error or of nesting
/// deeper than 64 levels.
Json parse_json(std::string_view text, std::string_view place);

/// The member `key` of an object that came from outside, as a T; a DataError that names place, key and what was
/// found where it is missing, of another type or out of T's range.
template <class T>
T member(const Json& object, std::string_view key, std::string_view place);

}  // namespace tse
