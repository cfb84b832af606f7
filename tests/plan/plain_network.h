#pragma once

#include <cmath>
#include <string>
#include <variant>

#include "plan/plain_executor.h"
#include "tse/base/random.h"
#include "tse/space/graph.h"

namespace tse::plan {

struct PlainNetwork {
  PlainTensors parameters, buffers;
};

inline std::vector<double> random_plain(std::size_t count, double least, double most, Stream& random) {
  std::vector<double> values(count);
  for (double& value : values) value = least + (most - least) * random.unit();
  return values;
}

/// Tensors for every node that has some, each away from where it starts, so that none can be mistaken for another.
inline PlainNetwork random_network(const Graph& graph, Stream& random) {
  PlainNetwork network;
  auto& parameters = network.parameters;
  for (const Node& node : graph.nodes()) {
    const auto channels = static_cast<std::size_t>(node.shape.channels);
    const auto weights = [&](int from, bool bias) {
      const double size = std::sqrt(3.0 / from);
      parameters[node.name + ".weight"] = random_plain(channels * static_cast<std::size_t>(from), -size, size, random);
      if (bias) parameters[node.name + ".bias"] = random_plain(channels, -0.3, 0.3, random);
    };
    if (const auto* conv = std::get_if<op::Conv2d>(&node.op)) {
      weights(graph.node(node.inputs[0]).shape.channels / conv->groups * conv->kernel * conv->kernel, conv->bias);
    } else if (std::holds_alternative<op::Linear>(node.op)) {
      weights(graph.node(node.inputs[0]).shape.channels, true);
    } else if (const auto* norm = std::get_if<op::BatchNorm>(&node.op)) {
      if (norm->affine) {
        parameters[node.name + ".weight"] = random_plain(channels, 0.5, 1.5, random);
        parameters[node.name + ".bias"] = random_plain(channels, -0.3, 0.3, random);
      }
      if (!norm->track) continue;
      network.buffers[node.name + ".running_mean"] = random_plain(channels, -0.3, 0.3, random);
      network.buffers[node.name + ".running_var"] = random_plain(channels, 0.5, 1.5, random);
    } else if (const auto* sum = std::get_if<op::Sum>(&node.op)) {
      const bool positive = sum->coefficients == op::Sum::Coefficients::positive;
      if (!positive && sum->architecture.empty()) continue;
      parameters[positive ? node.name + ".weight" : sum->architecture] =
          random_plain(node.inputs.size(), -1, 1, random);
    }
  }
  return network;
}

/// Running variances of one value are not finite.
inline bool has_lone_values(const Graph& graph, int images) {
  return std::ranges::any_of(graph.nodes(), [&](const Node& node) {
    return std::holds_alternative<op::BatchNorm>(node.op) && images * node.shape.height * node.shape.width == 1;
  });
}

}  // namespace tse::plan
