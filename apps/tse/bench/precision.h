#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/space/space.h"

namespace tse::cli {

/// Whether bf16 ranks architectures as fp32 does.
struct PrecisionOptions {
  std::string data = "fashion-mnist";
  std::string recipe = "nb201";
  int batch = 128;
  int steps = 150;
};

/// Trains each architecture in fp32, in fp32 with rounding noise on its initial weights, and in bf16, with the same
/// batches, and correlates the mean losses. The noise says how near to 1 a correlation can come.
Json compare_precisions(const Space& space, const std::vector<Arch>& archs, const PrecisionOptions& options,
                        const std::function<void(int done, int total)>& progress);

}  // namespace tse::cli
