#include "plan.h"

#include <algorithm>

#include "memory_plan.h"
#include "planner.h"

namespace tse::cpu {
namespace {

/// Which nodes come after a global average or a linear layer, and are kept in fp32 whatever the rest is.
std::vector<bool> heads(const Graph& graph) {
  std::vector<bool> list;
  for (const Node& n : graph.nodes()) {
    const bool after = std::ranges::any_of(n.inputs, [&](NodeId i) { return list[static_cast<std::size_t>(i)]; });
    list.push_back(after || is<op::GlobalAvgPool>(n) || is<op::Linear>(n));
  }
  return list;
}

}  // namespace

Planner::Planner(const Graph& graph, Storage storage, int batch, bool training)
    : graph_(graph), storage_(storage), size_(graph.nodes().size()) {
  plan_.training = training;
  plan_.batch = batch;
  uses_.resize(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    int index = 0;
    for (const NodeId input : graph.nodes()[i].inputs) uses_[at(input)].push_back({static_cast<NodeId>(i), index++});
  }
  for (std::size_t i = 0; i < size_; ++i) roles_.push_back(role_of(i));
}

Plan Planner::make() {
  plan_forward();
  if (plan_.training) plan_backward();
  place(plan_);
  return std::move(plan_);
}

Role Planner::role_of(std::size_t index) const {
  const Node& n = graph_.nodes()[index];
  const auto& uses = uses_[index];
  if (is<op::Input>(n)) return Role::input;
  if (is<op::Relu>(n)) return Role::relu;
  if (is<op::BatchNorm>(n)) {
    // a sum with coefficients takes whole values, whose products with the gradient are those of the coefficients
    const auto* sum = uses.size() == 1 ? std::get_if<op::Sum>(&node(uses[0].user).op) : nullptr;
    return sum != nullptr && sum->coefficients == op::Sum::Coefficients::none ? Role::inlined : Role::combined;
  }
  if (is<op::Sum>(n) || is<op::Zero>(n) || is<op::Identity>(n)) return Role::combined;
  const bool drops = is<op::DropPath>(n) || is<op::Dropout>(n);
  return drops && !plan_.training ? Role::combined : Role::op;
}

NodeId Planner::attached_relu(NodeId id) const {
  if (role(id) != Role::combined) return kNone;
  for (const Use& use : uses_[at(id)]) {
    if (role(use.user) == Role::relu) return use.user;
  }
  return kNone;
}

ValueId Planner::new_value(const Shape& shape, Storage storage, int pass) {
  plan_.values.push_back({.shape = shape, .storage = storage, .born = pass, .dies = pass});
  return static_cast<ValueId>(plan_.values.size()) - 1;
}

void Planner::touch(ValueId id, int pass, std::size_t step) {
  if (id == kNone) return;
  Value& touched = value(id);
  touched.dies = std::max(touched.dies, pass);
  if (touched.first_step == 0 && touched.last_step == 0) touched.first_step = static_cast<int>(step);
  touched.last_step = static_cast<int>(step);
}

bool can_plan(const Graph& graph) {
  const std::vector<bool> head = heads(graph);
  return std::ranges::all_of(graph.nodes(), [&](const Node& n) {
    const auto in_head = [&](NodeId input) { return bool{head[static_cast<std::size_t>(input)]}; };
    // kernels have one storage for all that they read and write
    if (!std::ranges::all_of(n.inputs, in_head) && std::ranges::any_of(n.inputs, in_head)) return false;
    const auto* conv = std::get_if<op::Conv2d>(&n.op);
    return conv == nullptr || (!conv->bias && !in_head(n.inputs[0]));
  });
}

Plan make_plan(const Graph& graph, Storage storage, int batch, bool training) {
  return Planner(graph, storage, batch, training).make();
}

}  // namespace tse::cpu
