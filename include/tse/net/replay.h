#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>

namespace tse {

/// Work on tensors that was recorded once and can be done again at one call: on a GPU as a CUDA graph, which costs the
/// host a few microseconds however many kernels it has.
class Replay {
 public:
  virtual ~Replay() = default;

  /// Starts the recorded work on the stream of the calling thread, on the tensors that it was recorded with.
  virtual void run() = 0;
};

/// Whether this build records work on such a device; elsewhere a replay does the work anew each time.
bool records_work(const torch::Device& device);

/// Records `work`, which must not look at values on the host. On a GPU it is done twice meanwhile, once for real and
/// once to be recorded, within a DeviceStream of the calling thread; elsewhere not at all. `beside` is another replay
/// of the same thread whose room this one may use, since they never run at once; or nothing.
std::unique_ptr<Replay> record(const torch::Device& device, std::function<void()> work, const Replay* beside);

}  // namespace tse
