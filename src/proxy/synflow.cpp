#include "tse/proxy/synflow.h"

#include <cmath>

#include "tse/net/network.h"
#include "tse/proxy/no_score.h"
#include "tse/space/passes.h"
#include "weights.h"

namespace tse {

std::map<std::string, double> synflow_by_layer(const Graph& graph, const ParameterStore& store) {
  ParameterStore positive{.parameters = {}, .buffers = {}, .architecture = store.architecture};
  torch::TensorOptions options(torch::kDouble);
  for (const auto& [name, parameter] : store.parameters) {
    options = options.device(parameter.device());
    positive.parameters[name] = parameter.detach().to(torch::kDouble).abs().requires_grad_();
  }
  const auto network = make_reference_network(without_batch_norm(graph), positive);
  const Shape& shape = graph.node(0).shape;
  const torch::Tensor ones = torch::ones({1, shape.channels, shape.height, shape.width}, options);
  network->forward(ones, Mode::evaluate).sum().backward();

  std::map<std::string, double> parts;
  for (const std::string& layer : weighted_layers(graph))
    parts[layer] = flow(positive.parameters.at(layer + ".weight"));
  return parts;
}

double synflow(const Graph& graph, const ParameterStore& store) {
  double sum = 0;
  for (const auto& [layer, part] : synflow_by_layer(graph, store)) sum += part;
  if (!std::isfinite(sum)) throw NoScore("the flow is larger than a double can hold");
  return sum;
}

}  // namespace tse
