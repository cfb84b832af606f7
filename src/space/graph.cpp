#include "tse/space/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "dot.h"
#include "infer.h"
#include "tse/base/error.h"

namespace tse {
namespace {

std::int64_t input_channels(const Graph& graph, const Node& node) { return graph.node(node.inputs[0]).shape.channels; }

/// Of a convolution or linear layer, with the bias; 0 for other ops.
std::int64_t weights(const Graph& graph, const Node& node) {
  if (const auto* conv = std::get_if<op::Conv2d>(&node.op)) {
    const std::int64_t inputs = input_channels(graph, node) / conv->groups * conv->kernel * conv->kernel;
    return (inputs + (conv->bias ? 1 : 0)) * conv->out;
  }
  if (const auto* linear = std::get_if<op::Linear>(&node.op)) return (input_channels(graph, node) + 1) * linear->out;
  return 0;
}

/// What the other ops learn.
std::int64_t other_parameters(const Node& node) {
  if (const auto* norm = std::get_if<op::BatchNorm>(&node.op)) {
    return norm->affine ? 2 * std::int64_t{node.shape.channels} : 0;
  }
  if (const auto* sum = std::get_if<op::Sum>(&node.op)) {
    return sum->coefficients == op::Sum::Coefficients::positive ? static_cast<std::int64_t>(node.inputs.size()) : 0;
  }
  return 0;
}

/// Over the nodes of the network itself.
template <class Count>
std::int64_t total(const Graph& graph, const Count& count) {
  const std::vector<bool> left_out = only_auxiliary(graph);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < left_out.size(); ++i)
    if (!left_out[i]) sum += count(graph.nodes()[i]);
  return sum;
}

}  // namespace

std::vector<bool> only_auxiliary(const Graph& graph) {
  const auto needed_by = [&](std::vector<bool> needed) {
    for (std::size_t i = needed.size(); i-- > 0;) {
      if (!needed[i]) continue;
      for (const NodeId input : graph.nodes()[i].inputs) needed[static_cast<std::size_t>(input)] = true;
    }
    return needed;
  };
  std::vector<bool> list(graph.nodes().size(), false);
  if (graph.auxiliaries().empty()) return list;
  std::vector<bool> output = list;
  output.back() = true;
  output = needed_by(std::move(output));
  for (const Auxiliary& auxiliary : graph.auxiliaries()) list[static_cast<std::size_t>(auxiliary.node)] = true;
  list = needed_by(std::move(list));
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = list[i] && !output[i];
  return list;
}

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
  const Shape shape = infer_shape(op, shapes, place);
  nodes_.push_back({.name = std::move(name), .op = std::move(op), .inputs = std::move(inputs), .shape = shape});
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

void Graph::add_auxiliary(NodeId node, double weight) {
  if (node < 0 || node >= static_cast<NodeId>(nodes_.size())) {
    throw UsageError("graph", "expected auxiliary logits at one of {} nodes; got number {}", nodes_.size(), node);
  }
  if (!(weight > 0)) throw UsageError(this->node(node).name, "expected a positive weight of its loss; got {}", weight);
  auxiliaries_.push_back({.node = node, .weight = weight});
}

std::int64_t parameters(const Graph& graph) {
  return total(graph, [&](const Node& node) { return weights(graph, node) + other_parameters(node); });
}

std::int64_t macs(const Graph& graph) {
  return total(graph, [&](const Node& node) { return weights(graph, node) * node.shape.height * node.shape.width; });
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
  for (const Auxiliary& auxiliary : graph.auxiliaries())
    text += fmt::format("auxiliary logits {} weight={}\n", graph.node(auxiliary.node).name, auxiliary.weight);
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
  Json object = {{"nodes", std::move(nodes)}};
  for (const Auxiliary& auxiliary : graph.auxiliaries())
    object["auxiliaries"].push_back({{"node", graph.node(auxiliary.node).name}, {"weight", auxiliary.weight}});
  return object;
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
