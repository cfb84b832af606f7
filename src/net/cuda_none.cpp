// Stands in for cuda.cpp where libtorch comes without CUDA, or without CUDA's headers: a GPU is then driven one
// operation at a time.
#include "cuda.h"
#include "tse/net/device.h"
#include "tse/net/planned.h"

namespace tse {

struct DeviceStream::Guard {};

DeviceStream::DeviceStream(const torch::Device& /*device*/) {}

DeviceStream::~DeviceStream() = default;

std::string card_name(const torch::Device& /*device*/) { return {}; }

bool has_graphs() { return false; }

std::unique_ptr<Replay> record_graph(const std::function<void()>& /*work*/, const Replay* /*beside*/) {
  return nullptr;
}

KernelCompiler kernel_compiler(const torch::Device& /*device*/) { return {}; }

}  // namespace tse
