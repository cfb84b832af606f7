#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cpu/kernels.h"

namespace tse::bench {

/// One way to compute an op, on tensors of its own that are made before it runs.
class Side {
 public:
  virtual ~Side() = default;

  /// One call, over a whole batch.
  virtual void run() = 0;

  /// What the last call computed, in float64 and in libtorch's order of dimensions; the same list for every side.
  virtual std::vector<torch::Tensor> results() const = 0;
};

/// How the plain ops keep their tensors.
struct PlainForm {
  torch::ScalarType type = torch::kFloat;
  torch::MemoryFormat layout = torch::MemoryFormat::Contiguous;
};

/// One op of a training, as a kernel of the fast path and as the plain ops that a PyTorch user writes for it. All sides
/// start from the same numbers, which bf16 can hold. The kernels go through whole tensors of the batch, block by block
/// of images as the passes do; the plain ops take the batch at once, and allocate their results.
struct Match {
  std::string op;
  std::string on;                            // what it was done to, as people read it
  std::string unit;                          // of the rate: GB/s, GFLOP/s or images/s
  std::function<double(cpu::Storage)> work;  // of a call, in what the unit counts per second; of bytes those that must
                                             // be read or written once
  bool in_bf16 = true;                       // whether the kernel has a bf16 form
  std::function<std::unique_ptr<Side>(cpu::Storage)> fused;
  std::function<std::unique_ptr<Side>(const PlainForm&)> plain;  // empty where it is measured alone
  bool in_layouts = true;                                        // whether a layout makes a difference to it
};

/// All of them, for batches of so many images.
std::vector<Match> matches(int batch);

/// The names of a match's sides: `fp32` and `bf16` are the kernel's, `plain` and `channels-last` the plain ops', in
/// fp32.
std::vector<std::string> side_names(const Match& match);
std::unique_ptr<Side> make_side(const Match& match, const std::string& name);

}  // namespace tse::bench
