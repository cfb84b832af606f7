#include "capability.h"

#include <variant>
#include <vector>

#include "tse/plan/plan.h"
#include "tse/space/graph.h"

namespace tse::cpu {

const Node* without_kernel(const Graph& graph) {
  const std::vector<bool> head = plan::heads(graph);
  for (const Node& node : graph.nodes()) {
    // a convolution keeps its activations as the images are kept
    const bool convolves = std::holds_alternative<op::Conv2d>(node.op);
    if (convolves && head[static_cast<std::size_t>(node.inputs[0])]) return &node;
  }
  return nullptr;
}

}  // namespace tse::cpu
