#include "weights.h"

namespace tse {

std::vector<std::string> weighted_layers(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes()) {
    if (std::holds_alternative<op::Conv2d>(node.op) || std::holds_alternative<op::Linear>(node.op)) {
      names.push_back(node.name);
    }
  }
  return names;
}

double flow(const torch::Tensor& parameter) {
  if (!parameter.grad().defined()) return 0;
  const torch::NoGradGuard no_grad;
  return (parameter.to(torch::kDouble) * parameter.grad().to(torch::kDouble)).abs().sum().item<double>();
}

}  // namespace tse
