#pragma once

#include <string>

#include "tse/base/json.h"
#include "tse/space/space.h"

namespace tse::cli {

struct MixtureBenchOptions {
  int batch = 64;
  int rounds = 5;
  double seconds = 2;  // of a turn, at least
};

/// How fast the mixture of all architectures is trained, with the gradients of the architecture: by tse in fp32 and
/// bf16 and in PyTorch's eager style, in turns, with the peak memory of each.
Json measure_mixture(const Space& space, const MixtureBenchOptions& options);

std::string mixture_bench_text(const Json& result);

}  // namespace tse::cli
