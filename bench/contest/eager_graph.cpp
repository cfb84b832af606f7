#include "eager_graph.h"

#include <utility>

#include "tse/base/error.h"

namespace tse::bench {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

/// What a layer with a state, or with a kernel of its own, is in PyTorch; empty for the others.
struct MakeModule {
  const Graph& graph;
  const Node& node;

  int channels() const { return graph.node(node.inputs[0]).shape.channels; }

  nn::AnyModule operator()(const op::Conv2d& conv) const {
    return nn::AnyModule(nn::Conv2d(nn::Conv2dOptions(channels(), conv.out, conv.kernel)
                                        .stride(conv.stride)
                                        .padding(conv.padding)
                                        .dilation(conv.dilation)
                                        .groups(conv.groups)
                                        .bias(conv.bias)));
  }
  nn::AnyModule operator()(const op::BatchNorm& norm) const {
    return nn::AnyModule(nn::BatchNorm2d(
        nn::BatchNorm2dOptions(node.shape.channels).affine(norm.affine).track_running_stats(norm.track)));
  }
  nn::AnyModule operator()(const op::Relu&) const { return nn::AnyModule(nn::ReLU()); }
  nn::AnyModule operator()(const op::AvgPool& pool) const {
    return nn::AnyModule(nn::AvgPool2d(
        nn::AvgPool2dOptions(pool.kernel).stride(pool.stride).padding(pool.padding).count_include_pad(false)));
  }
  nn::AnyModule operator()(const op::MaxPool& pool) const {
    return nn::AnyModule(nn::MaxPool2d(nn::MaxPool2dOptions(pool.kernel).stride(pool.stride).padding(pool.padding)));
  }
  nn::AnyModule operator()(const op::GlobalAvgPool&) const { return nn::AnyModule(nn::AdaptiveAvgPool2d(1)); }
  nn::AnyModule operator()(const op::Linear& linear) const { return nn::AnyModule(nn::Linear(channels(), linear.out)); }
  nn::AnyModule operator()(const op::Dropout& drop) const { return nn::AnyModule(nn::Dropout(drop.rate)); }
  template <class Other>
  nn::AnyModule operator()(const Other&) const {
    return {};
  }
};

/// The others, as functions.
struct RunOp {
  const Graph& graph;
  const Node& node;
  const std::vector<Tensor>& in;
  const Tensor& coefficients;
  bool training;

  Tensor operator()(const op::Identity&) const { return in[0]; }
  Tensor operator()(const op::Zero&) const { return in[0].mul(0.0); }
  Tensor operator()(const op::Concat&) const { return torch::cat(in, 1); }
  Tensor operator()(const op::Sum& sum) const {
    const Tensor weights = coefficients.defined() ? torch::sigmoid(coefficients) : Tensor();
    Tensor total;
    for (std::size_t i = 0; i < in.size(); ++i) {
      Tensor term = in[i];
      if (weights.defined()) term = weights[static_cast<std::int64_t>(i)] * term;
      if (!sum.constants.empty()) term = sum.constants[i] * term;
      total = total.defined() ? total + term : term;
    }
    return total;
  }
  /// x[:, :, by:, by:]: what is cut off is never read by the convolution of stride 2 that follows.
  Tensor operator()(const op::Shift& shift) const {
    if (shift.by < 1) throw UsageError(node.name, "expected a shift to the left and up; got {}", shift.by);
    return in[0].slice(2, shift.by).slice(3, shift.by);
  }
  Tensor operator()(const op::Slice& slice) const { return in[0].narrow(1, slice.first, slice.count); }
  Tensor operator()(const op::Shuffle& shuffle) const {
    const Tensor& x = in[0];
    return x.reshape({x.size(0), shuffle.groups, -1, x.size(2), x.size(3)}).transpose(1, 2).flatten(1, 2);
  }
  Tensor operator()(const op::DropPath& drop) const {
    if (!training || drop.rate == 0) return in[0];
    const double keep = 1 - drop.rate;
    return in[0].div(keep).mul(torch::empty({in[0].size(0), 1, 1, 1}).bernoulli_(keep));
  }
  template <class Other>
  Tensor operator()(const Other&) const {
    throw UsageError(node.name, "expected a layer; got {}", name(node.op));
  }
};

/// PyTorch names no module with a dot.
std::string module_name(std::string name) {
  for (char& letter : name)
    if (letter == '.') letter = '_';
  return name;
}

}  // namespace

EagerGraphImpl::EagerGraphImpl(Graph graph) : graph_(std::move(graph)) {
  if (!graph_.auxiliaries().empty()) throw UsageError("eager network", "expected a graph without auxiliary logits");
  for (const Node& node : graph_.nodes()) {
    nn::AnyModule module = std::visit(MakeModule{graph_, node}, node.op);
    if (!module.is_empty()) register_module(module_name(node.name), module.ptr());
    modules_.push_back(std::move(module));
    Tensor& coefficients = coefficients_.emplace_back();
    const auto* sum = std::get_if<op::Sum>(&node.op);
    if (sum == nullptr) continue;
    if (sum->coefficients == op::Sum::Coefficients::architecture)
      throw UsageError(node.name, "expected the network of one architecture");
    if (sum->coefficients == op::Sum::Coefficients::positive)
      coefficients =
          register_parameter(module_name(node.name), torch::ones({static_cast<std::int64_t>(node.inputs.size())}));
  }
}

Tensor EagerGraphImpl::run(std::size_t node, const std::vector<Tensor>& inputs) {
  const Node& of = graph_.nodes()[node];
  nn::AnyModule& module = modules_[node];
  if (module.is_empty()) return std::visit(RunOp{graph_, of, inputs, coefficients_[node], is_training()}, of.op);
  const bool flat = std::holds_alternative<op::Linear>(of.op);
  return module.forward(flat ? inputs[0].flatten(1) : inputs[0]);
}

Tensor EagerGraphImpl::forward(const Tensor& images) {
  std::vector<Tensor> values = {images};
  for (std::size_t i = 1; i < graph_.nodes().size(); ++i) {
    std::vector<Tensor> inputs;
    for (const NodeId input : graph_.nodes()[i].inputs) inputs.push_back(values[static_cast<std::size_t>(input)]);
    values.push_back(run(i, inputs));
  }
  return values.back().flatten(1);
}

}  // namespace tse::bench
