#include "tse/space/passes.h"

#include <map>
#include <utility>

namespace tse {
namespace {

bool is_zero(const Graph& graph, NodeId id) { return std::holds_alternative<op::Zero>(graph.node(id).op); }

bool has_parameters(const Op& op) {
  return std::holds_alternative<op::Conv2d>(op) || std::holds_alternative<op::BatchNorm>(op) ||
         std::holds_alternative<op::Linear>(op);
}

/// Whether the op makes zeros of zeros. Linear and batch norm add something that is learned.
bool keeps_zeros(const Op& op) {
  return !std::holds_alternative<op::BatchNorm>(op) && !std::holds_alternative<op::Linear>(op) &&
         !std::holds_alternative<op::Input>(op);
}

std::vector<NodeId> renamed(const std::vector<NodeId>& inputs, const std::vector<NodeId>& now) {
  std::vector<NodeId> list;
  for (const NodeId input : inputs) list.push_back(now[static_cast<std::size_t>(input)]);
  return list;
}

/// Copies a node whose inputs are numbered in the new graph.
NodeId copy(Graph& to, const Node& node, std::vector<NodeId> inputs) {
  if (std::holds_alternative<op::Input>(node.op)) return to.add_input(node.shape);
  return to.add(node.name, node.op, std::move(inputs));
}

}  // namespace

Graph without_zeros(const Graph& graph) {
  Graph result;
  std::vector<NodeId> now;  // where each old node's value is in the result
  for (const Node& node : graph.nodes()) {
    std::vector<NodeId> inputs = renamed(node.inputs, now);
    const bool last = &node == &graph.output();
    if (std::holds_alternative<op::Sum>(node.op)) {
      std::vector<NodeId> alive;
      for (const NodeId input : inputs) {
        if (!is_zero(result, input)) alive.push_back(input);
      }
      if (!alive.empty()) inputs = std::move(alive);
    }
    const bool zeros = !inputs.empty() && is_zero(result, inputs[0]) && keeps_zeros(node.op);
    const bool passes_on = std::holds_alternative<op::Identity>(node.op) ||
                           (std::holds_alternative<op::Sum>(node.op) && inputs.size() == 1);
    if (!last && (passes_on || (zeros && result.node(inputs[0]).shape == node.shape))) {
      now.push_back(inputs[0]);
    } else if (zeros && result.node(inputs[0]).shape == node.shape) {
      now.push_back(result.add(node.name, op::Zero{}, {inputs[0]}));
    } else {
      now.push_back(copy(result, node, std::move(inputs)));
    }
  }
  return result;
}

Graph with_shared(const Graph& graph) {
  Graph result;
  std::vector<NodeId> now;
  std::map<std::pair<std::string, std::vector<NodeId>>, NodeId> known;
  for (const Node& node : graph.nodes()) {
    std::vector<NodeId> inputs = renamed(node.inputs, now);
    if (has_parameters(node.op) || node.inputs.empty() || &node == &graph.output()) {
      now.push_back(copy(result, node, std::move(inputs)));
      continue;
    }
    const std::string what = std::string(name(node.op)) + ' ' + attributes(node.op);
    const auto [found, fresh] = known.try_emplace({what, inputs}, 0);
    if (fresh) found->second = copy(result, node, std::move(inputs));
    now.push_back(found->second);
  }
  return result;
}

Graph without_dead(const Graph& graph) {
  std::vector<bool> needed(graph.nodes().size(), false);
  needed.front() = true;
  needed.back() = true;
  for (std::size_t i = needed.size(); i-- > 0;) {
    if (!needed[i]) continue;
    for (const NodeId input : graph.nodes()[i].inputs) needed[static_cast<std::size_t>(input)] = true;
  }
  Graph result;
  std::vector<NodeId> now;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    const Node& node = graph.nodes()[i];
    now.push_back(needed[i] ? copy(result, node, renamed(node.inputs, now)) : -1);
  }
  return result;
}

Graph simplified(const Graph& graph) { return without_dead(with_shared(without_zeros(graph))); }

}  // namespace tse
