#include "tse/net/device.h"

#include <cstdlib>
#include <mutex>

#include "tse/base/error.h"

namespace tse {
namespace {

void compute_by_rule() {
  at::Context& context = at::globalContext();
  context.setAllowTF32CuBLAS(false);
  context.setAllowTF32CuDNN(false);
  context.setBenchmarkCuDNN(false);
  context.setDeterministicCuDNN(true);
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);  // without it cuBLAS may give other bits where streams are several
}

}  // namespace

torch::Device find_device(const std::string& name) {
  if (name != "cuda") return {name};
  if (!torch::cuda::is_available()) {
    throw DataError("device cuda", "expected a CUDA device; libtorch finds none");
  }
  static std::once_flag once;
  std::call_once(once, compute_by_rule);
  return {torch::kCUDA, 0};
}

}  // namespace tse
