#pragma once

#include <functional>
#include <string>

#include "tse/base/json.h"

namespace tse::cli {

struct OpsOptions {
  int batch = 128;
  int rounds = 5;
  double seconds = 0.1;  // of a turn, at least
};

/// Times each kernel of the fast path, in fp32 and bf16, and the plain ops that do the same, in fp32 and NCHW or
/// channels-last, in turns within one process of one thread; says on the way how far it is.
Json measure_ops(const OpsOptions& options, const std::function<void(int done, int total)>& progress);

/// The same as a table.
std::string ops_text(const Json& result);

}  // namespace tse::cli
