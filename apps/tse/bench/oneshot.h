#pragma once

#include <string>

#include "tse/base/json.h"
#include "tse/space/space.h"

namespace tse::cli {

struct OneShotBenchOptions {
  int archs = 8;  // drawn
  int batch = 64;
  int batches = 100;       // of a candidate
  int validation = 25000;  // images of a candidate's validation
  std::string precision = "bf16";
  int rounds = 5;
  double seconds = 0.5;  // of a turn, at least
};

/// How fast candidates of a super-network are trained: by tse and in PyTorch's eager style, in turns; what a new path
/// at every step costs; seconds of a candidate beside those of its validation.
Json measure_one_shot(const Space& space, const OneShotBenchOptions& options);

std::string one_shot_bench_text(const Json& result);

}  // namespace tse::cli
