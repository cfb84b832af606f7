#pragma once

#include "tse/base/json.h"

namespace tse::engine {

/// Writes the network of a training that kept its weights. The request has `study`, `trial`, `model` (the file, whose
/// ending says in which form) and `sample` (a file for images and our own network's logits, or empty). Every file is
/// read back and run before it is written; the answer names the files and says what was checked and found.
Json export_trial(const Json& request);

}  // namespace tse::engine
