#include "tse/net/device.h"

#include <cstdlib>
#include <mutex>
#include <utility>

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
  if (name == "cpu") return {torch::kCPU};
  if (name != "cuda" && !name.starts_with("cuda:"))
    throw DataError("device " + name, "expected cpu, cuda or cuda:NUMBER");
  const torch::Device device(name);
  const c10::DeviceIndex number = device.has_index() ? device.index() : c10::DeviceIndex{0};
  if (const auto count = torch::cuda::device_count(); std::cmp_greater_equal(number, count)) {
    if (count == 0) throw DataError("device " + name, "expected a CUDA device; libtorch finds none");
    throw DataError("device " + name, "expected one of the {} GPUs that libtorch finds, numbered from 0", count);
  }
  static std::once_flag once;
  std::call_once(once, compute_by_rule);
  return {torch::kCUDA, number};
}

}  // namespace tse
