// What needs CUDA's headers; cuda_none.cpp stands in where there are none.
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <cstdint>
#include <mutex>

#include "cuda.h"
#include "tse/net/device.h"

namespace tse {
namespace {

/// Each thread has one for its life: streams are handed out in turn, and a thread that took a new one for each training
/// would come to share one with another.
c10::cuda::CUDAStream stream_of_thread(const torch::Device& device) {
  thread_local const c10::cuda::CUDAStream stream = c10::cuda::getStreamFromPool(false, device.index());
  return stream;
}

/// Rooms of graphs that are gone are freed by the allocator when it finds no more memory, but not during a recording.
void make_room() {
  constexpr std::size_t kAllKinds = 0;  // of the allocator's statistics
  const auto device = c10::cuda::current_device();
  const auto reserved = c10::cuda::CUDACachingAllocator::getDeviceStats(device).reserved_bytes[kAllKinds].current;
  const auto all = static_cast<std::int64_t>(at::cuda::getCurrentDeviceProperties()->totalGlobalMem);
  if (reserved > all / 2) c10::cuda::CUDACachingAllocator::emptyCache();
}

class CudaReplay final : public Replay {
 public:
  CudaReplay(const std::function<void()>& work, const CudaReplay* beside) {
    static std::mutex one_at_a_time;  // a process records one graph at a time
    const std::lock_guard lock(one_at_a_time);
    make_room();
    work();  // libraries choose their algorithms and take their rooms
    c10::cuda::getCurrentCUDAStream().synchronize();
    // others of this process go on meanwhile; what they do is none of this recording's
    graph_.capture_begin(beside != nullptr ? beside->graph_pool_ : at::cuda::MempoolId_t{0, 0},
                         cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      try {
        graph_.capture_end();
      } catch (...) {  // the first failure says more
      }
      throw;
    }
    graph_.capture_end();
    graph_pool_ = graph_.pool();
  }

  void run() override { graph_.replay(); }

 private:
  at::cuda::CUDAGraph graph_;
  at::cuda::MempoolId_t graph_pool_;
};

}  // namespace

struct DeviceStream::Guard {
  explicit Guard(const torch::Device& device) : stream(stream_of_thread(device)) {}
  c10::cuda::CUDAStreamGuard stream;
};

DeviceStream::DeviceStream(const torch::Device& device) {
  if (device.is_cuda()) guard_ = std::make_unique<Guard>(device);
}

DeviceStream::~DeviceStream() = default;

std::string card_name(const torch::Device& device) { return at::cuda::getDeviceProperties(device.index())->name; }

bool has_graphs() { return true; }

std::unique_ptr<Replay> record_graph(const std::function<void()>& work, const Replay* beside) {
  return std::make_unique<CudaReplay>(work, static_cast<const CudaReplay*>(beside));
}

}  // namespace tse
