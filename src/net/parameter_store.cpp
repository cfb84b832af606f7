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

/// A tensor that a graph learns, and what it starts with.
struct Learned {
  std::string name;
  std::vector<std::int64_t> shape;
  double bound = 0;  // uniform in (-bound, bound); 0: the value
  double value = 0;
};

std::vector<Learned> learned_of(const Graph& graph) {
  std::vector<Learned> list;
  for (const Node& node : graph.nodes()) {
    const std::int64_t channels = node.shape.channels;
    if (const auto* conv = std::get_if<op::Conv2d>(&node.op)) {
      const std::int64_t in = graph.node(node.inputs[0]).shape.channels / conv->groups;
      const double bound = 1 / std::sqrt(static_cast<double>(in * conv->kernel * conv->kernel));
      list.push_back(
          {.name = node.name + ".weight", .shape = {channels, in, conv->kernel, conv->kernel}, .bound = bound});
      if (conv->bias) list.push_back({.name = node.name + ".bias", .shape = {channels}, .bound = bound});
    } else if (std::holds_alternative<op::Linear>(node.op)) {
      const std::int64_t in = graph.node(node.inputs[0]).shape.channels;
      const double bound = 1 / std::sqrt(static_cast<double>(in));
      list.push_back({.name = node.name + ".weight", .shape = {channels, in}, .bound = bound});
      list.push_back({.name = node.name + ".bias", .shape = {channels}, .bound = bound});
    } else if (const auto* norm = std::get_if<op::BatchNorm>(&node.op)) {
      if (!norm->affine) continue;
      list.push_back({.name = node.name + ".weight", .shape = {channels}, .value = 1});
      list.push_back({.name = node.name + ".bias", .shape = {channels}, .value = 0});
    } else if (const auto* sum = std::get_if<op::Sum>(&node.op)) {
      if (sum->coefficients != op::Sum::Coefficients::positive) continue;
      const auto inputs = static_cast<std::int64_t>(node.inputs.size());
      list.push_back({.name = node.name + ".weight", .shape = {inputs}, .value = 1});
    }
  }
  return list;
}

}  // namespace

void ParameterStore::add(const Graph& graph, std::uint64_t seed, const torch::TensorOptions& options) {
  for (const Learned& learned : learned_of(graph)) {
    if (parameters.contains(learned.name)) continue;
    const torch::Tensor initial = learned.bound > 0
                                      ? uniform(learned.shape, learned.bound, derive_seed(seed, "init " + learned.name))
                                      : torch::full(learned.shape, learned.value, torch::kDouble);
    const auto format = initial.dim() == 4 ? torch::MemoryFormat::ChannelsLast : torch::MemoryFormat::Contiguous;
    parameters[learned.name] = initial.to(options).contiguous(format).requires_grad_();
  }
  for (const Node& node : graph.nodes()) {
    const auto* norm = std::get_if<op::BatchNorm>(&node.op);
    if (norm == nullptr || !norm->track) continue;
    const std::int64_t channels = node.shape.channels;
    buffers.try_emplace(node.name + ".running_mean", torch::zeros({channels}, options));
    buffers.try_emplace(node.name + ".running_var", torch::ones({channels}, options));
  }
}

std::vector<std::string> parameter_names(const Graph& graph) {
  std::vector<std::string> names;
  for (Learned& learned : learned_of(graph)) names.push_back(std::move(learned.name));
  return names;
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
