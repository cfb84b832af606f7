#include "tse/proxy/snip.h"

#include "weights.h"

namespace tse {

double snip(const Graph& graph, const ParameterStore& store, const std::string& parameters) {
  double sum = 0;
  if (parameters == "all") {
    for (const auto& [name, parameter] : store.parameters) sum += flow(parameter);
  } else {
    for (const std::string& layer : weighted_layers(graph)) sum += flow(store.parameters.at(layer + ".weight"));
  }
  return sum;
}

}  // namespace tse
