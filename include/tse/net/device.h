#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

namespace tse {

/// The device of this name, "cpu", "cuda" (the first GPU) or "cuda:1". DataError where this machine has none. The first
/// call for a GPU makes its libraries compute by rule: float32 is float32 (no TF32), and an algorithm is chosen by what
/// it is given, not by how fast it was, among those that give the same bits each time.
torch::Device find_device(const std::string& name);

/// While it lives, what its thread starts on a GPU goes to a stream of the thread's own, so that several threads keep
/// one GPU busy. Nothing on a CPU.
class DeviceStream {
 public:
  explicit DeviceStream(const torch::Device& device);
  DeviceStream(const DeviceStream&) = delete;
  DeviceStream& operator=(const DeviceStream&) = delete;
  ~DeviceStream();

 private:
  struct Guard;
  std::unique_ptr<Guard> guard_;
};

}  // namespace tse
