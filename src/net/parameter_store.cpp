#include "tse/net/parameter_store.h"

#include <fmt/ranges.h>

#include <cmath>

#include "tse/base/error.h"
#include "tse/base/random.h"

namespace tse {
namespace {

torch::Tensor uniform(std::vector<std::int64_t> shape, double bound, std::uint64_t seed) {
  torch::Tensor values = torch::empty(shape, torch::kDouble);
  Stream random(seed);
  double* value = values.data_ptr<double>();
  // through float, so that a float64 network starts from the very weights of the float32 one
  for (std::int64_t i = 0; i < values.numel(); ++i) value[i] = static_cast<float>((2 * random.unit() - 1) * bound);
  return values;
}

}  // namespace

void ParameterStore::add(const Graph& graph, std::uint64_t seed, const torch::TensorOptions& options) {
  const auto learn = [&](const std::string& name, const torch::Tensor& initial) {
    if (parameters.contains(name)) return;
    const auto format = initial.dim() == 4 ? torch::MemoryFormat::ChannelsLast : torch::MemoryFormat::Contiguous;
    parameters[name] = initial.to(options).contiguous(format).requires_grad_();
  };
  const auto draw = [&](const std::string& name, std::vector<std::int64_t> shape, double bound) {
    learn(name, uniform(std::move(shape), bound, derive_seed(seed, "init " + name)));
  };
  for (const Node& node : graph.nodes()) {
    const std::int64_t channels = node.shape.channels;
    if (const auto* conv = std::get_if<op::Conv2d>(&node.op)) {
      const std::int64_t in = graph.node(node.inputs[0]).shape.channels / conv->groups;
      const double bound = 1 / std::sqrt(static_cast<double>(in * conv->kernel * conv->kernel));
      draw(node.name + ".weight", {channels, in, conv->kernel, conv->kernel}, bound);
      if (conv->bias) draw(node.name + ".bias", {channels}, bound);
    } else if (std::holds_alternative<op::Linear>(node.op)) {
      const std::int64_t in = graph.node(node.inputs[0]).shape.channels;
      const double bound = 1 / std::sqrt(static_cast<double>(in));
      draw(node.name + ".weight", {channels, in}, bound);
      draw(node.name + ".bias", {channels}, bound);
    } else if (const auto* norm = std::get_if<op::BatchNorm>(&node.op)) {
      if (norm->affine) {
        learn(node.name + ".weight", torch::ones({channels}, torch::kDouble));
        learn(node.name + ".bias", torch::zeros({channels}, torch::kDouble));
      }
      if (norm->track) {
        buffers.try_emplace(node.name + ".running_mean", torch::zeros({channels}, options));
        buffers.try_emplace(node.name + ".running_var", torch::ones({channels}, options));
      }
    } else if (const auto* sum = std::get_if<op::Sum>(&node.op)) {
      if (sum->coefficients != op::Sum::Coefficients::positive) continue;
      learn(node.name + ".weight", torch::ones({static_cast<std::int64_t>(node.inputs.size())}, torch::kDouble));
    }
  }
}

const torch::Tensor& ParameterStore::architecture_weights(const std::string& name, const Node& sum) const {
  const auto found = architecture.find(name);
  const std::string place = "architecture weights " + name;
  if (found == architecture.end()) throw UsageError(place, "expected the store to have what {} needs", sum.name);
  const torch::Tensor& weights = found->second;
  if (weights.dim() != 1 || weights.size(0) != static_cast<std::int64_t>(sum.inputs.size())) {
    throw UsageError(place, "expected ({}), one per input of {}; got ({})", sum.inputs.size(), sum.name,
                     fmt::join(weights.sizes(), ","));
  }
  return weights;
}

std::vector<torch::Tensor> ParameterStore::trainable() const {
  std::vector<torch::Tensor> list;
  for (const auto& [name, tensor] : parameters) list.push_back(tensor);
  return list;
}

}  // namespace tse
