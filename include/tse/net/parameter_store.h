#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tse/space/graph.h"

namespace tse {

/// The weights of networks, under stable names made of the graph's node names: "stem.conv.weight". Sharing weights is
/// sharing a store: every graph whose nodes have these names runs on it.
struct ParameterStore {
  std::map<std::string, torch::Tensor> parameters;  // learned; require gradients
  std::map<std::string, torch::Tensor> buffers;     // running statistics of batch norm

  /// Adds what the graph needs and the store lacks. Weights are drawn as PyTorch's layers draw theirs: convolutions and
  /// linear layers U(-b, b) with b = 1/sqrt(fan_in), batch norm 1 and 0. Every tensor is drawn from (seed, its name)
  /// on the host, so its values depend neither on other tensors nor on device or library version.
  void add(const Graph& graph, std::uint64_t seed, const torch::TensorOptions& options);

  /// Learned values in the order of their names.
  std::vector<torch::Tensor> trainable() const;
};

}  // namespace tse
