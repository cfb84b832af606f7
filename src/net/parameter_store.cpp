#include "tse/net/parameter_store.h"

#include <fmt/ranges.h>

#include <cmath>
#include <cstdint>
#include <numbers>

#include "tse/base/error.h"
#include "tse/base/random.h"

namespace tse {
namespace {

/// Of mean 0 and deviation 1, from two draws (Box and Muller 1958, doi:10.1214/aoms/1177706645).
double normal_draw(Stream& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.unit()));
  return radius * std::cos(2 * std::numbers::pi * random.unit());
}

/// How a tensor's first values come about.
struct Start {
  enum class Kind : std::uint8_t { value, uniform, normal } kind = Kind::value;
  double scale = 0;  // the value, the bound, or the deviation
};

torch::Tensor drawn(const std::vector<std::int64_t>& shape, Start start, std::uint64_t seed) {
  if (start.kind == Start::Kind::value) return torch::full(shape, start.scale, torch::kDouble);
  torch::Tensor values = torch::empty(shape, torch::kDouble);
  Stream random(seed);
  double* value = values.data_ptr<double>();
  // through float, so that a float64 network starts from the very weights of the float32 one
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    const double draw = start.kind == Start::Kind::uniform ? 2 * random.unit() - 1 : normal_draw(random);
    value[i] = static_cast<float>(draw * start.scale);
  }
  return values;
}

Start exactly(double value) { return {.scale = value}; }
Start uniform(double bound) { return {.kind = Start::Kind::uniform, .scale = bound}; }
Start normal(double deviation) { return {.kind = Start::Kind::normal, .scale = deviation}; }

/// A tensor that a graph learns, and what it starts with.
struct Learned {
  std::string name;
  std::vector<std::int64_t> shape;
  Start start = {};
};

std::vector<Learned> learned_of(const Graph& graph) {
  const bool pycls = graph.initialisation() == Initialisation::pycls;
  std::vector<Learned> list;
  for (const Node& node : graph.nodes()) {
    const std::int64_t channels = node.shape.channels;
    if (const auto* conv = std::get_if<op::Conv2d>(&node.op)) {
      const std::int64_t in = graph.node(node.inputs[0]).shape.channels / conv->groups;
      const std::int64_t window = std::int64_t{conv->kernel} * conv->kernel;
      const Start fan_in = uniform(1 / std::sqrt(static_cast<double>(in * window)));
      const Start fan_out = normal(std::sqrt(2.0 / static_cast<double>(channels * window)));
      list.push_back({.name = node.name + ".weight",
                      .shape = {channels, in, conv->kernel, conv->kernel},
                      .start = pycls ? fan_out : fan_in});
      if (conv->bias)
        list.push_back({.name = node.name + ".bias", .shape = {channels}, .start = pycls ? exactly(0) : fan_in});
    } else if (std::holds_alternative<op::Linear>(node.op)) {
      const std::int64_t in = graph.node(node.inputs[0]).shape.channels;
      const Start fan_in = uniform(1 / std::sqrt(static_cast<double>(in)));
      list.push_back({.name = node.name + ".weight", .shape = {channels, in}, .start = pycls ? normal(0.01) : fan_in});
      list.push_back({.name = node.name + ".bias", .shape = {channels}, .start = pycls ? exactly(0) : fan_in});
    } else if (const auto* norm = std::get_if<op::BatchNorm>(&node.op)) {
      if (!norm->affine) continue;
      list.push_back({.name = node.name + ".weight", .shape = {channels}, .start = exactly(1)});
      list.push_back({.name = node.name + ".bias", .shape = {channels}, .start = exactly(0)});
    } else if (const auto* sum = std::get_if<op::Sum>(&node.op)) {
      if (sum->coefficients != op::Sum::Coefficients::positive) continue;
      const auto inputs = static_cast<std::int64_t>(node.inputs.size());
      list.push_back({.name = node.name + ".weight", .shape = {inputs}, .start = exactly(1)});
    }
  }
  return list;
}

}  // namespace

void ParameterStore::add(const Graph& graph, std::uint64_t seed, const torch::TensorOptions& options) {
  for (const Learned& learned : learned_of(graph)) {
    if (parameters.contains(learned.name)) continue;
    const torch::Tensor initial = drawn(learned.shape, learned.start, derive_seed(seed, "init " + learned.name));
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
