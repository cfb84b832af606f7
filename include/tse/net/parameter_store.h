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

  /// Coefficients of sums that a search gives and changes as it likes, by the name that the sums say; each (inputs).
  /// They may be the result of other operations of autograd's: gradients flow to them. Never added here.
  std::map<std::string, torch::Tensor> architecture;

  /// Adds what the graph needs and the store lacks, but for architecture weights. Weights and biases are drawn as the
  /// graph's `initialisation` says; what learned coefficients of a sum are the sigmoid of is 1 (as in NAGO,
  /// arXiv:2004.01395). Every tensor is drawn from (seed, its name) on the host, so its values depend neither on other
  /// tensors nor on device or library version.
  void add(const Graph& graph, std::uint64_t seed, const torch::TensorOptions& options);

  /// Those of a sum with so many inputs. UsageError where they are missing or of another shape.
  const torch::Tensor& architecture_weights(const std::string& name, const Node& sum) const;

  /// Learned values in the order of their names.
  std::vector<torch::Tensor> trainable() const;
};

/// The names of what a graph's nodes learn, architecture weights apart.
std::vector<std::string> parameter_names(const Graph& graph);

}  // namespace tse
