#include "python_op.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "python_names.h"

namespace tse {
namespace {

constexpr const char* kDropPath = R"(class DropPath(nn.Module):
    """In training zeroes all of an image with this probability, and divides by 1 - rate else (arXiv:1605.07648)."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0:
            return x
        kept = (torch.rand(len(x), 1, 1, 1, device=x.device) >= self.rate).to(x.dtype)
        return x * kept / (1 - self.rate)


)";

constexpr const char* kWeightedSum = R"(class WeightedSum(nn.Module):
    """The sum of its inputs, each times sigmoid(weight), which is learned (arXiv:2004.01395)."""

    def __init__(self, inputs):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(inputs))

    def forward(self, *inputs):
        return sum(x * w for x, w in zip(inputs, torch.sigmoid(self.weight)))


)";

bool learns_coefficients(const Op& op) {
  const auto* sum = std::get_if<op::Sum>(&op);
  return sum != nullptr && sum->coefficients == op::Sum::Coefficients::positive;
}

/// Arguments that differ from PyTorch's defaults.
class Arguments {
 public:
  template <class Value>
  Arguments& add(const char* name, const Value& value, const Value& otherwise) {
    if (value != otherwise) text_ += fmt::format(", {}={}", name, value);
    return *this;
  }
  Arguments& flag(const char* name, bool value, bool otherwise) {
    if (value != otherwise) text_ += fmt::format(", {}={}", name, value ? "True" : "False");
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct PythonModule {
  const Node& node;
  const Shape& from;

  std::string operator()(const op::Conv2d& conv) const {
    return fmt::format("nn.Conv2d({}, {}, {}{})", from.channels, conv.out, conv.kernel,
                       Arguments()
                           .add("stride", conv.stride, 1)
                           .add("padding", conv.padding, 0)
                           .add("dilation", conv.dilation, 1)
                           .add("groups", conv.groups, 1)
                           .flag("bias", conv.bias, true)
                           .text());
  }
  std::string operator()(const op::BatchNorm& norm) const {
    return fmt::format(
        "nn.BatchNorm2d({}{})", from.channels,
        Arguments().flag("affine", norm.affine, true).flag("track_running_stats", norm.track, true).text());
  }
  std::string operator()(const op::Relu&) const { return "nn.ReLU()"; }
  std::string operator()(const op::AvgPool& pool) const {
    return fmt::format("nn.AvgPool2d({}, stride={}{})", pool.kernel, pool.stride,
                       pool.padding == 0 ? "" : fmt::format(", padding={}, count_include_pad=False", pool.padding));
  }
  std::string operator()(const op::MaxPool& pool) const {
    return fmt::format("nn.MaxPool2d({}, stride={}{})", pool.kernel, pool.stride,
                       Arguments().add("padding", pool.padding, 0).text());
  }
  std::string operator()(const op::GlobalAvgPool&) const { return "nn.AdaptiveAvgPool2d(1)"; }
  std::string operator()(const op::Linear& linear) const {
    return fmt::format("nn.Linear({}, {})", from.channels, linear.out);
  }
  std::string operator()(const op::Sum& sum) const {
    return learns_coefficients(sum) ? fmt::format("WeightedSum({})", node.inputs.size()) : "";
  }
  std::string operator()(const op::Shuffle& shuffle) const {
    return fmt::format("nn.ChannelShuffle({})", shuffle.groups);
  }
  std::string operator()(const op::DropPath& drop) const {
    return fmt::format("DropPath({})", python_number(drop.rate));
  }
  std::string operator()(const op::Dropout& drop) const {
    return fmt::format("nn.Dropout({})", python_number(drop.rate));
  }
  std::string operator()(const op::Identity&) const { return "nn.Identity()"; }
  std::string operator()(const op::Input&) const { return ""; }
  std::string operator()(const op::Concat&) const { return ""; }
  std::string operator()(const op::Shift&) const { return ""; }
  std::string operator()(const op::Slice&) const { return ""; }
  std::string operator()(const op::Zero&) const { return ""; }
};

struct PythonExpression {
  const std::string& module;
  const std::vector<std::string>& in;
  const Shape& from;
  bool last;

  std::string operator()(const op::Linear&) const {
    return fmt::format("self.{}({}.flatten(1)){}", module, in[0], last ? "" : "[:, :, None, None]");
  }
  std::string operator()(const op::Sum& sum) const {
    if (learns_coefficients(sum)) return fmt::format("self.{}({})", module, fmt::join(in, ", "));
    std::vector<std::string> terms = in;
    for (std::size_t i = 0; i < sum.constants.size(); ++i)
      terms[i] = python_number(sum.constants[i]) + " * " + terms[i];
    return fmt::format("{}", fmt::join(terms, " + "));
  }
  std::string operator()(const op::Concat&) const { return fmt::format("torch.cat([{}], 1)", fmt::join(in, ", ")); }
  std::string operator()(const op::Shift& shift) const {
    const int side = std::min(from.height, from.width);
    if (shift.by >= side || shift.by <= -side) return (*this)(op::Zero{});
    return fmt::format("F.pad({0}, ({1}, {2}, {1}, {2}))", in[0], -shift.by, shift.by);
  }
  std::string operator()(const op::Slice& slice) const {
    return fmt::format("{}[:, {}:{}]", in[0], slice.first, slice.first + slice.count);
  }
  std::string operator()(const op::Zero&) const { return fmt::format("torch.zeros_like({})", in[0]); }
  std::string operator()(const auto&) const { return fmt::format("self.{}({})", module, in[0]); }
};

const Shape& shape_before(const Graph& graph, const Node& node) {
  return node.inputs.empty() ? node.shape : graph.node(node.inputs[0]).shape;
}

}  // namespace

std::string python_module(const Graph& graph, const Node& node) {
  return std::visit(PythonModule{node, shape_before(graph, node)}, node.op);
}

bool stands_in_sequence(const Node& node) {
  return node.inputs.size() == 1 && !std::holds_alternative<op::Linear>(node.op);
}

std::string python_expression(const Graph& graph, const Node& node, const std::string& module,
                              const std::vector<std::string>& inputs, bool last) {
  return std::visit(PythonExpression{module, inputs, shape_before(graph, node), last}, node.op);
}

std::string python_helpers(const Graph& graph) {
  const auto has = [&](auto&& test) { return std::ranges::any_of(graph.nodes(), test); };
  std::string text;
  if (has([](const Node& node) { return std::holds_alternative<op::DropPath>(node.op); })) text += kDropPath;
  if (has([](const Node& node) { return learns_coefficients(node.op); })) text += kWeightedSum;
  return text;
}

}  // namespace tse
