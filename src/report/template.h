#pragma once

#include <map>
#include <string>
#include <string_view>

namespace tse {

/// The text with every `{{name}}` replaced by its value, which must be HTML already; values are not looked into. A name
/// without a value or a value without a place is a bug: std::logic_error.
std::string fill(std::string_view text, const std::map<std::string, std::string, std::less<>>& values);

/// SHA-256 of a text in base64, as a content security policy names the scripts that may run.
std::string policy_hash(std::string_view text);

}  // namespace tse
