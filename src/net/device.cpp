#include "tse/net/device.h"

#include "tse/base/error.h"

namespace tse {

torch::Device find_device(const std::string& name) {
  if (name == "cuda" && !torch::cuda::is_available()) {
    throw DataError("device cuda", "expected a CUDA device; libtorch finds none");
  }
  return {name};
}

}  // namespace tse
