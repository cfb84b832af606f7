#include "tse/space/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "dot.h"
#include "tse/base/error.h"

namespace tse {
namespace {

/// Side of the output of a window that slides over `size` pixels.
int slide(int size, int kernel, int stride, int padding, const std::string& place) {
  const int free = size + 2 * padding - kernel;
  if (free < 0) {
    throw UsageError(place, "expected at least {} pixels for a window of {}; got {}", kernel - 2 * padding, kernel,
                     size);
  }
  return free / stride + 1;
}

/// Shape of a node's output from those of its inputs.
struct Infer {
  const std::vector<Shape>& in;
  const std::string& place;

  void expect_inputs(std::size_t count) const {
    if (in.size() != count) throw UsageError(place, "expected {} inputs; got {}", count, in.size());
  }
  Shape same() const {
    expect_inputs(1);
    return in[0];
  }
  Shape operator()(const op::Input&) const { throw UsageError(place, "an input is added with add_input"); }
  Shape operator()(const op::Conv2d& conv) const {
    expect_inputs(1);
    if (conv.out < 1 || conv.kernel < 1 || conv.stride < 1 || conv.padding < 0) {
      throw UsageError(place, "expected positive attributes; got {}", attributes(conv));
    }
    return {.channels = conv.out,
            .height = slide(in[0].height, conv.kernel, conv.stride, conv.padding, place),
            .width = slide(in[0].width, conv.kernel, conv.stride, conv.padding, place)};
  }
  Shape operator()(const op::AvgPool& pool) const {
    expect_inputs(1);
    return {.channels = in[0].channels,
            .height = slide(in[0].height, pool.kernel, pool.stride, pool.padding, place),
            .width = slide(in[0].width, pool.kernel, pool.stride, pool.padding, place)};
  }
  Shape operator()(const op::GlobalAvgPool&) const { return {.channels = same().channels, .height = 1, .width = 1}; }
  Shape operator()(const op::Linear& linear) const {
    expect_inputs(1);
    if (in[0].height != 1 || in[0].width != 1) throw UsageError(place, "expected (C,1,1); got {}", to_text(in[0]));
    return {.channels = linear.out, .height = 1, .width = 1};
  }
  Shape operator()(const op::Sum&) const {
    if (in.empty()) throw UsageError(place, "expected at least one input; got none");
    for (const Shape& shape : in) {
      if (shape != in[0])
        throw UsageError(place, "expected inputs of one shape; got {} and {}", to_text(in[0]), to_text(shape));
    }
    return in[0];
  }
  Shape operator()(const auto&) const { return same(); }
};

std::int64_t input_channels(const Graph& graph, const Node& node) { return graph.node(node.inputs[0]).shape.channels; }

std::int64_t weights(const Graph& graph, const Node& node) {
  if (const auto* conv = std::get_if<op::Conv2d>(&node.op)) {
    return input_channels(graph, node) * conv->out * conv->kernel * conv->kernel;
  }
  if (const auto* linear = std::get_if<op::Linear>(&node.op)) return (input_channels(graph, node) + 1) * linear->out;
  if (std::holds_alternative<op::BatchNorm>(node.op)) return 2 * std::int64_t{node.shape.channels};
  return 0;
}

}  // namespace

std::string to_text(const Shape& shape) { return fmt::format("({},{},{})", shape.channels, shape.height, shape.width); }

NodeId Graph::add(std::string name, Op op, std::vector<NodeId> inputs) {
  const std::string place = "graph node " + name;
  if (std::ranges::find(nodes_, name, &Node::name) != nodes_.end()) throw UsageError(place, "the name is taken");
  std::vector<Shape> shapes;
  for (const NodeId input : inputs) {
    if (input < 0 || input >= static_cast<NodeId>(nodes_.size())) {
      throw UsageError(place, "expected earlier nodes as inputs; got number {} of {}", input, nodes_.size());
    }
    shapes.push_back(node(input).shape);
  }
  const Shape shape = std::visit(Infer{shapes, place}, op);
  nodes_.push_back({.name = std::move(name), .op = op, .inputs = std::move(inputs), .shape = shape});
  return static_cast<NodeId>(nodes_.size()) - 1;
}

NodeId Graph::add_input(Shape shape) {
  if (!nodes_.empty()) throw UsageError("graph", "expected the input as the first node");
  if (shape.channels < 1 || shape.height < 1 || shape.width < 1) {
    throw UsageError("graph", "expected a positive input shape; got {}", to_text(shape));
  }
  nodes_.push_back({.name = "input", .op = op::Input{}, .inputs = {}, .shape = shape});
  return 0;
}

std::int64_t parameters(const Graph& graph) {
  std::int64_t total = 0;
  for (const Node& node : graph.nodes()) total += weights(graph, node);
  return total;
}

std::int64_t macs(const Graph& graph) {
  std::int64_t total = 0;
  for (const Node& node : graph.nodes()) {
    if (!std::holds_alternative<op::BatchNorm>(node.op))
      total += weights(graph, node) * node.shape.height * node.shape.width;
  }
  return total;
}

std::string to_text(const Graph& graph) {
  std::string text;
  for (const Node& node : graph.nodes()) {
    const std::string what = attributes(node.op);
    text += fmt::format("{} {}{}{} (", node.name, name(node.op), what.empty() ? "" : " ", what);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      text += (i == 0 ? "" : ", ") + graph.node(node.inputs[i]).name;
    }
    text += fmt::format(") -> {}\n", to_text(node.shape));
  }
  return text;
}

Json to_json(const Graph& graph) {
  Json nodes = Json::array();
  for (const Node& node : graph.nodes()) {
    Json inputs = Json::array();
    for (const NodeId input : node.inputs) inputs.push_back(graph.node(input).name);
    nodes.push_back({{"name", node.name},
                     {"op", name(node.op)},
                     {"attributes", attributes(node.op)},
                     {"inputs", std::move(inputs)},
                     {"shape", {node.shape.channels, node.shape.height, node.shape.width}}});
  }
  return {{"nodes", std::move(nodes)}};
}

std::string to_dot(const Graph& graph) {
  std::string text = "digraph network {\n  node [shape=box, fontname=\"sans-serif\", fontsize=10];\n";
  std::map<std::string, std::string> clusters;  // by the first two parts of the path: one stage or one cell
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    const std::size_t first = node.name.find('.');
    const std::size_t second = first == std::string::npos ? first : node.name.find('.', first + 1);
    const std::string cluster =
        node.name.substr(0, second == std::string::npos ? (first == std::string::npos ? 0 : first) : second);
    clusters[cluster] += fmt::format("    n{} [label=\"{}\\n{} {}\\n{}\"];\n", i, dot_escaped(node.name), name(node.op),
                                     attributes(node.op), to_text(node.shape));
  }
  int number = 0;
  for (const auto& [cluster, nodes] : clusters) {
    if (cluster.empty()) {
      text += nodes;
    } else {
      text +=
          fmt::format("  subgraph cluster_{} {{\n    label=\"{}\";\n{}  }}\n", number++, dot_escaped(cluster), nodes);
    }
  }
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    for (const NodeId input : graph.nodes()[i].inputs) text += fmt::format("  n{} -> n{};\n", input, i);
  }
  return text + "}\n";
}

}  // namespace tse
