#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "tse/space/graph.h"

namespace tse::bench {

/// A network as one writes it in PyTorch, of any space: a module for each layer of the graph as the space lowers it,
/// one tensor per operation, nothing shared or fused. Beside EagerNetwork, which was written by hand for NAS-Bench-201.
class EagerGraphImpl : public torch::nn::Module {
 public:
  /// UsageError where the graph has auxiliary logits or architecture weights.
  explicit EagerGraphImpl(Graph graph);

  /// (N,C,H,W) images to (N,classes) logits.
  torch::Tensor forward(const torch::Tensor& images);

 private:
  torch::Tensor run(std::size_t node, const std::vector<torch::Tensor>& inputs);

  Graph graph_;
  std::vector<torch::nn::AnyModule> modules_;  // of each node, empty where it has none
  std::vector<torch::Tensor> coefficients_;    // of each node, undefined where it has none
};
TORCH_MODULE(EagerGraph);

}  // namespace tse::bench
