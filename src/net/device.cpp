#include "tse/net/device.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <utility>

#include "cuda.h"
#include "tse/base/error.h"

namespace tse {
namespace {

/// As 580.159.04; empty where there is no driver, or not NVIDIA's own.
std::string driver_version() {
  std::ifstream file("/sys/module/nvidia/version");
  std::string version;
  file >> version;
  return version;
}

/// 12040 is 12.4.
std::string cuda_version(long number) { return fmt::format("{}.{}", number / 1000, number % 1000 / 10); }

/// 8902 is 8.9.2, 90100 is 9.1.0.
std::string cudnn_version(long number) {
  const long major = number < 10000 ? 1000 : 10000;
  return fmt::format("{}.{}.{}", number / major, number % major / 100, number % 100);
}

}  // namespace

void compute_by_rule(bool tf32) {
  at::Context& context = at::globalContext();
  context.setAllowTF32CuBLAS(tf32);
  context.setAllowTF32CuDNN(tf32);
  context.setBenchmarkCuDNN(false);
  context.setDeterministicCuDNN(true);
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);  // without it cuBLAS may give other bits where streams are several
}

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
  return {torch::kCUDA, number};
}

Json device_facts(const torch::Device& device) {
  Json facts = Json::object();
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) facts[name] = value;
  };
  add("gpu", card_name(device));
  add("driver", driver_version());
  const at::CUDAHooksInterface& hooks = at::detail::getCUDAHooks();
  if (hooks.hasCUDART()) add("cuda", cuda_version(hooks.versionCUDART()));
  if (hooks.hasCuDNN()) add("cudnn", cudnn_version(hooks.versionCuDNN()));
  return facts;
}

}  // namespace tse
