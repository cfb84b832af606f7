#pragma once

#include <optional>

#include "tse/base/json.h"

namespace tse::bench {

/// The next request of `tse bench`: one JSON document on a line of standard input. None once that ends.
std::optional<Json> next_request();

/// The answer: one line of standard output.
void answer(const Json& document);

}  // namespace tse::bench
