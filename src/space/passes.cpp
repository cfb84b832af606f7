#include "tse/space/passes.h"

#include <algorithm>
#include <map>
#include <utility>

#include "tse/base/error.h"

namespace tse {
namespace {

bool is_zero(const Graph& graph, NodeId id) { return std::holds_alternative<op::Zero>(graph.node(id).op); }

using Coefficients = op::Sum::Coefficients;

/// Whether two nodes of this op with equal inputs may differ: what learns or draws does so under its own name.
bool depends_on_its_name(const Op& op) {
  if (const auto* sum = std::get_if<op::Sum>(&op)) {
    return sum->coefficients == Coefficients::positive || sum->coefficients == Coefficients::architecture;
  }
  return std::holds_alternative<op::Conv2d>(op) || std::holds_alternative<op::BatchNorm>(op) ||
         std::holds_alternative<op::Linear>(op) || std::holds_alternative<op::DropPath>(op) ||
         std::holds_alternative<op::Dropout>(op);
}

/// Whether the op makes zeros of zeros. A bias and the shift of a batch norm are learned.
bool keeps_zeros(const Op& op) {
  if (const auto* conv = std::get_if<op::Conv2d>(&op)) return !conv->bias;
  return !std::holds_alternative<op::BatchNorm>(op) && !std::holds_alternative<op::Linear>(op) &&
         !std::holds_alternative<op::Input>(op);
}

/// Whether the op gives its one input as it is.
bool passes_on(const Op& op, std::size_t inputs) {
  if (inputs != 1) return false;
  if (const auto* sum = std::get_if<op::Sum>(&op)) {
    return sum->coefficients == Coefficients::none ||
           (sum->coefficients == Coefficients::constant && sum->constants[0] == 1);
  }
  return std::holds_alternative<op::Identity>(op) || std::holds_alternative<op::Concat>(op);
}

/// Drops the zeros among the inputs of a sum, with their constants, unless all are. Coefficients that are learned or
/// searched for belong to places among the inputs, so such a sum keeps its zeros.
void drop_zeros(op::Sum& sum, std::vector<NodeId>& inputs, const Graph& graph) {
  if (sum.coefficients == Coefficients::positive || sum.coefficients == Coefficients::architecture) return;
  std::vector<NodeId> alive;
  std::vector<double> constants;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (is_zero(graph, inputs[i])) continue;
    alive.push_back(inputs[i]);
    if (!sum.constants.empty()) constants.push_back(sum.constants[i]);
  }
  if (alive.empty()) return;
  inputs = std::move(alive);
  sum.constants = std::move(constants);
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

Graph with_auxiliaries(const Graph& graph) {
  if (graph.auxiliaries().empty()) return graph;
  Graph result(graph.initialisation());
  for (const Node& node : graph.nodes()) copy(result, node, node.inputs);
  std::vector<NodeId> all = {static_cast<NodeId>(graph.nodes().size()) - 1};
  for (const Auxiliary& auxiliary : graph.auxiliaries()) {
    const Node& node = graph.node(auxiliary.node);
    if (node.shape != graph.output().shape) {
      throw UsageError(node.name, "expected auxiliary logits of the output's shape {}; got {}",
                       to_text(graph.output().shape), to_text(node.shape));
    }
    all.push_back(auxiliary.node);
  }
  result.add("logits", op::Concat{}, std::move(all));
  return result;
}

Graph without_auxiliaries(const Graph& graph) {
  if (graph.auxiliaries().empty()) return graph;
  const std::vector<bool> left_out = only_auxiliary(graph);
  Graph result(graph.initialisation());
  std::vector<NodeId> now;
  for (std::size_t i = 0; i < left_out.size(); ++i) {
    const Node& node = graph.nodes()[i];
    now.push_back(left_out[i] ? -1 : copy(result, node, renamed(node.inputs, now)));
  }
  return result;
}

Graph without_zeros(const Graph& graph) {
  Graph result(graph.initialisation());
  std::vector<NodeId> now;  // where each old node's value is in the result
  for (const Node& old : graph.nodes()) {
    Node node = old;
    std::vector<NodeId> inputs = renamed(node.inputs, now);
    const bool last = &old == &graph.output();
    if (auto* sum = std::get_if<op::Sum>(&node.op)) drop_zeros(*sum, inputs, result);
    // a zero has the shape of its input, so zeros that change theirs are left as they are
    const bool zeros = !inputs.empty() && keeps_zeros(node.op) && result.node(inputs[0]).shape == node.shape &&
                       std::ranges::all_of(inputs, [&](NodeId input) { return is_zero(result, input); });
    if (!last && (zeros || passes_on(node.op, inputs.size()))) {
      now.push_back(inputs[0]);
    } else if (zeros) {
      now.push_back(result.add(node.name, op::Zero{}, {inputs[0]}));
    } else {
      now.push_back(copy(result, node, std::move(inputs)));
    }
  }
  return result;
}

Graph with_shared(const Graph& graph) {
  Graph result(graph.initialisation());
  std::vector<NodeId> now;
  std::map<std::pair<std::string, std::vector<NodeId>>, NodeId> known;
  for (const Node& node : graph.nodes()) {
    std::vector<NodeId> inputs = renamed(node.inputs, now);
    if (depends_on_its_name(node.op) || node.inputs.empty() || &node == &graph.output()) {
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
  Graph result(graph.initialisation());
  std::vector<NodeId> now;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    const Node& node = graph.nodes()[i];
    now.push_back(needed[i] ? copy(result, node, renamed(node.inputs, now)) : -1);
  }
  return result;
}

Graph simplified(const Graph& graph) { return without_dead(with_shared(without_zeros(without_auxiliaries(graph)))); }

Graph without_batch_norm(const Graph& graph) {
  Graph result(graph.initialisation());
  for (Node node : graph.nodes()) {
    if (std::holds_alternative<op::BatchNorm>(node.op)) node.op = op::Identity{};
    copy(result, node, node.inputs);
  }
  return result;
}

const Node* lone_batch_norm(const Graph& graph, std::int64_t images) {
  for (const Node& node : graph.nodes()) {
    const Shape& shape = node.shape;
    if (std::holds_alternative<op::BatchNorm>(node.op) && images * shape.height * shape.width == 1) return &node;
  }
  return nullptr;
}

}  // namespace tse
