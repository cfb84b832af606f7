#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "tse/base/json.h"

namespace tse {

/// The device of this name, "cpu", "cuda" (the first GPU) or "cuda:1". DataError where this machine has none.
torch::Device find_device(const std::string& name);

/// From here on the libraries of GPUs compute by rule: an algorithm is chosen by what it is given, not by how fast it
/// was, among those that give the same bits each time, and float32 is float32, unless `tf32` lets them round the
/// factors of products to TF32, of 10 bits.
void compute_by_rule(bool tf32);

/// What is known of a GPU and of what drives it: {"gpu", "driver", "cuda", "cudnn"}, each where it can be found out.
Json device_facts(const torch::Device& device);

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
