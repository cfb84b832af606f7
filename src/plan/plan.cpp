#include "tse/plan/plan.h"

#include <algorithm>
#include <utility>

#include "lives.h"
#include "planner.h"
#include "tse/base/error.h"

namespace tse::plan {
namespace {

/// The first node that reads both what is fp32 in any case and what is not; null where there is none.
const Node* mixed(const Graph& graph) {
  const std::vector<bool> head = heads(graph);
  const auto in_head = [&](NodeId input) { return bool{head[static_cast<std::size_t>(input)]}; };
  for (const Node& n : graph.nodes()) {
    if (std::ranges::any_of(n.inputs, in_head) && !std::ranges::all_of(n.inputs, in_head)) return &n;
  }
  return nullptr;
}

}  // namespace

std::vector<bool> heads(const Graph& graph) {
  std::vector<bool> list;
  for (const Node& n : graph.nodes()) {
    const bool after = std::ranges::any_of(n.inputs, [&](NodeId i) { return list[static_cast<std::size_t>(i)]; });
    list.push_back(after || is<op::GlobalAvgPool>(n) || is<op::Linear>(n));
  }
  return list;
}

Planner::Planner(const Graph& graph, const PlanOptions& options)
    : graph_(graph), storage_(options.storage), size_(graph.nodes().size()) {
  plan_.training = options.training;
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
  set_lives(plan_);
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

ValueId Planner::new_value(const Shape& shape, Storage storage) {
  plan_.values.push_back({.shape = shape, .storage = storage});
  return static_cast<ValueId>(plan_.values.size()) - 1;
}

Pass& Planner::pass_at(int number) {
  if (plan_.passes.size() <= at(number)) plan_.passes.resize(at(number) + 1);
  return plan_.passes[at(number)];
}

void Planner::add_step(int pass, Step step) { pass_at(pass).steps.push_back(std::move(step)); }

bool can_plan(const Graph& graph) { return mixed(graph) == nullptr; }

Plan make_plan(const Graph& graph, const PlanOptions& options) {
  if (const Node* node = mixed(graph)) {
    throw UsageError(node->name, "expected all inputs behind a global average or a linear layer, or none; got both");
  }
  return Planner(graph, options).make();
}

std::string parameter(const PlannedSum& sum) {
  switch (sum.op.coefficients) {
    case op::Sum::Coefficients::positive:
      return sum.name + ".weight";
    case op::Sum::Coefficients::architecture:
      return sum.op.architecture;
    default:
      return "";
  }
}

std::vector<std::string> learned(const Plan& plan) {
  std::vector<std::string> names;
  const auto add = [&](const auto& planned, bool bias) {
    if (!planned.learns) return;
    names.push_back(planned.name + ".weight");
    if (bias) names.push_back(planned.name + ".bias");
  };
  for (const PlannedConvolution& planned : plan.convolutions) add(planned, planned.op.bias);
  for (const PlannedLinear& planned : plan.linears) add(planned, true);
  for (const PlannedNorm& planned : plan.norms) add(planned, true);
  for (const PlannedSum& planned : plan.sums) {
    const std::string name = parameter(planned);  // which several sums may share
    if (planned.learns && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace tse::plan
