#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tse/gpu/kernels.h"
#include "tse/net/network.h"
#include "tse/net/parameter_store.h"
#include "tse/space/graph.h"

namespace tse {

/// Kernels that were compiled for a device.
class DeviceKernels {
 public:
  virtual ~DeviceKernels() = default;

  /// Starts one on the stream of the calling thread, in a grid of blocks x chunks blocks of gpu::kThreads threads.
  /// `arguments` are the addresses of its arguments, each of 8 bytes.
  virtual void launch(const std::string& name, unsigned blocks, unsigned chunks, std::vector<void*> arguments) = 0;
};

using KernelCompiler = std::function<std::unique_ptr<DeviceKernels>(const std::vector<gpu::Kernel>&)>;

/// Compiles kernels for a GPU at run time; empty where this build or this machine cannot, as on a CPU.
KernelCompiler kernel_compiler(const torch::Device& device);

/// The graph's plan (docs/design/plan.md), walked one launch per step over the whole batch: convolutions and linear
/// layers by libtorch, all else by kernels made for this network. `activations` is kFloat or kBFloat16; the weights of
/// convolutions must be of that type too, and those of batch norms float. Only the newest result of
/// `forward` can be differentiated, once.
std::unique_ptr<Network> make_planned_network(const Graph& graph, ParameterStore& store, torch::ScalarType activations,
                                              const KernelCompiler& compile);

/// Whether the graph can be run so: it can be planned, and nothing in it is drawn or searched.
bool has_planned_network(const Graph& graph);

}  // namespace tse
