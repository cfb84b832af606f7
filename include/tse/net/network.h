#pragma once

#include <torch/torch.h>

#include <memory>

#include "tse/net/parameter_store.h"
#include "tse/space/graph.h"

namespace tse {

/// Batch norm normalises with the batch's statistics and updates the running ones, or uses the running ones.
enum class Mode { train, evaluate };

/// A graph that runs: images in, logits out.
class Network {
 public:
  virtual ~Network() = default;

  /// `images` is (N,C,H,W), normalised, of the store's type and device; the result is (N,classes) logits, part of
  /// autograd's graph in either mode.
  virtual torch::Tensor forward(const torch::Tensor& images, Mode mode) = 0;
};

/// The reference path: one plain libtorch operation per node of the simplified graph, on any device and in any
/// floating-point type. Activations are channels-last. The store must have the graph's parameters and outlive the
/// network.
std::unique_ptr<Network> make_reference_network(const Graph& graph, ParameterStore& store);

}  // namespace tse
