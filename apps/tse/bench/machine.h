#pragma once

#include <string>

#include "tse/base/json.h"

namespace tse::cli {

/// What this machine is, and the versions that it runs; of a GPU, where the device is one, too.
Json machine_json(const std::string& device = "cpu");

/// The same in a line.
std::string machine_text(const Json& machine);

/// Numbers of a table that may be null, where what they are of did not take part: then "-", and so is their quotient.
Json quotient(const Json& above, const Json& below);
std::string text_of(const Json& value);
std::string times(const Json& value);
std::string percent(const Json& value);

}  // namespace tse::cli
