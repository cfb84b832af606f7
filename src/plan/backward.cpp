#include <algorithm>

#include "planner.h"

namespace tse::plan {
namespace {

bool learns(const Node& node) {
  if (const auto* norm = std::get_if<op::BatchNorm>(&node.op)) return norm->affine;
  if (const auto* sum = std::get_if<op::Sum>(&node.op)) {
    return sum->coefficients == op::Sum::Coefficients::positive ||
           sum->coefficients == op::Sum::Coefficients::architecture;
  }
  return is<op::Conv2d>(node) || is<op::Linear>(node);
}

}  // namespace

std::vector<Planner::Source> Planner::sources(NodeId id) const {
  std::vector<Source> list;
  for (const auto& [user, index] : uses_[at(id)]) {
    if (!needs_gradient(user)) continue;
    if (is<op::BatchNorm>(node(user))) {
      list.push_back({.from = role(user) == Role::inlined ? uses_[at(user)][0].user : user, .norm = user});
    } else if (role(user) == Role::relu) {
      for (Source source : sources(user)) {
        if (source.mask == kNone) source.mask = user;
        list.push_back(source);
      }
    } else {
      list.push_back({.from = user, .index = index, .through_op = role(user) == Role::op});
    }
  }
  return list;
}

int Planner::earliest(NodeId id, const std::vector<int>& of_others) const {
  int pass = 0;
  for (const Source& source : sources(id)) {
    pass = std::max(pass, of_others[at(source.from)] + (source.norm == kNone ? 0 : 1));
  }
  return pass;
}

std::vector<bool> Planner::reached() const {
  std::vector<bool> list(size_, false);
  list[size_ - 1] = true;
  for (std::size_t i = size_; i-- > 0;) {
    if (!list[i] || is<op::Zero>(graph_.nodes()[i])) continue;
    for (const NodeId input : graph_.nodes()[i].inputs) list[at(input)] = true;
  }
  return list;
}

void Planner::note_learning(NodeId id) {
  const Node& n = node(id);
  if (!learns(n)) return;
  const auto index = static_cast<std::size_t>(index_.at(id));
  if (is<op::BatchNorm>(n)) plan_.norms[index].learns = true;
  if (is<op::Conv2d>(n)) plan_.convolutions[index].learns = true;
  if (is<op::Linear>(n)) plan_.linears[index].learns = true;
  if (is<op::Sum>(n)) plan_.sums[index].learns = true;
}

void Planner::plan_backward() {
  needs_.assign(size_, false);
  const std::vector<bool> reaches = reached();
  for (std::size_t i = 0; i < size_; ++i) {
    const Node& n = graph_.nodes()[i];
    needs_[i] = reaches[i] && !is<op::Zero>(n) &&
                (learns(n) || std::ranges::any_of(n.inputs, [&](NodeId input) { return needs_gradient(input); }));
  }
  for (std::size_t i = 0; i < size_; ++i) {
    if (needs_[i]) note_learning(static_cast<NodeId>(i));
  }
  std::vector<int> pass(size_, 0);
  for (std::size_t i = size_; i-- > 0;) pass[i] = earliest(static_cast<NodeId>(i), pass);
  for (std::size_t i = 0; i < size_; ++i) {
    const auto id = static_cast<NodeId>(i);
    if (role(id) != Role::op || is<op::Concat>(node(id))) continue;  // whose inputs may be of different passes
    if (needs_gradient(base(input_of(id)))) pass[i] = pass[at(base(input_of(id)))];
  }
  gradients_.assign(size_, kNone);
  const Value logits = value(plan_.logits);
  plan_.logits_gradient = gradients_[size_ - 1] = new_value(logits.shape, logits.storage);
  for (std::size_t i = size_; i-- > 0;) {
    const auto id = static_cast<NodeId>(i);
    if (!needs_gradient(id) || role(id) == Role::inlined || role(id) == Role::relu) continue;
    plan_gradient(id, plan_.forward_passes + pass[i]);
  }
}

void Planner::plan_gradient(NodeId id, int pass) {
  if (!is_output(id)) form_gradient(id, pass);
  if (role(id) == Role::op) {
    for (int i = 0; i < static_cast<int>(node(id).inputs.size()); ++i) hand_down(id, i, pass);
  }
  if (role(id) != Role::combined) return;
  if (is<op::BatchNorm>(node(id))) {
    plan_reduce(id, id, pass);
  } else {
    for (const NodeId input : node(id).inputs) {
      if (role(input) == Role::inlined && needs_gradient(input)) plan_reduce(input, id, pass);
    }
    if (learns(node(id))) plan_coefficients(id, pass);
  }
}

void Planner::plan_reduce(NodeId norm, NodeId sum, int pass) {
  const ValueId g = gradients_[at(sum)];
  const ValueId y = values_[at(input_of(norm))];
  const int index = index_.at(norm);
  add_step(pass, Reduce{.norm = index, .g = g, .y = y});
  pass_at(pass).norms.push_back(index);
}

void Planner::plan_coefficients(NodeId sum, int pass) {
  const ValueId g = gradients_[at(sum)];
  const int index = index_.at(sum);
  int number = 0;
  for (const NodeId input : node(sum).inputs) {
    const ValueId x = values_[at(input)];
    add_step(pass, Weigh{.sum = index, .input = number++, .g = g, .x = x});
  }
  pass_at(pass).sums.push_back(index);
}

void Planner::form_gradient(NodeId id, int pass) {
  Combine step;
  for (const Source& source : sources(id)) {
    const ValueId mask = source.mask == kNone ? kNone : values_[at(source.mask)];
    if (source.norm == kNone) {
      Term term{.x = source.through_op ? handed_down_.at({source.from, source.index}) : gradients_[at(source.from)],
                .mask = mask};
      const auto* sum = std::get_if<op::Sum>(&node(source.from).op);
      if (sum != nullptr && sum->coefficients != op::Sum::Coefficients::none) {
        term.sum = index_.at(source.from);
        term.input = source.index;
      }
      step.terms.push_back(term);
      continue;
    }
    const int norm = index_.at(source.norm);
    step.terms.push_back({.x = gradients_[at(source.from)],
                          .norm = norm,
                          .scale = PerChannel::gradient_scale,
                          .shift = PerChannel::gradient_shift,
                          .mask = mask});
    step.terms.push_back({.x = values_[at(input_of(source.norm))],
                          .norm = norm,
                          .scale = PerChannel::input_scale,
                          .shift = PerChannel::zero,
                          .mask = mask});
  }
  const auto plain = [](const Term& t) { return t.norm == kNone && t.sum == kNone && t.mask == kNone; };
  if (step.terms.size() == 1 && plain(step.terms[0])) {
    gradients_[at(id)] = step.terms[0].x;
    return;
  }
  step.sum = gradients_[at(id)] = new_value(node(id).shape, value(any_value(id)).storage);
  add_step(pass, std::move(step));
}

void Planner::hand_down(NodeId id, int index, int pass) {
  const Node& n = node(id);
  const NodeId from = n.inputs[static_cast<std::size_t>(index)];
  const ValueId x = values_[at(from)];
  const ValueId dy = gradients_[at(id)];
  const bool wanted = needs_gradient(base(from));
  const ValueId dx = wanted ? new_value(node(from).shape, value(x).storage) : kNone;
  handed_down_[{id, index}] = dx;
  if (is<op::Conv2d>(n)) {
    plan_.convolutions[static_cast<std::size_t>(index_.at(id))].input_gradient = wanted;
    add_step(pass, ConvolveBack{.convolution = index_.at(id), .x = x, .dy = dy, .dx = dx});
  } else if (is<op::Linear>(n)) {
    const auto wide = widened_.find(id);
    if (wide == widened_.end()) {
      add_step(pass, MultiplyBack{.linear = index_.at(id), .x = x, .dy = dy, .dx = dx});
      return;
    }
    const ValueId wide_dx = wanted ? new_value(node(from).shape, Storage::fp32) : kNone;
    add_step(pass, MultiplyBack{.linear = index_.at(id), .x = wide->second, .dy = dy, .dx = wide_dx});
    if (wanted) add_step(pass, GlobalAverage{.gradient = true, .from = wide_dx, .to = dx});
  } else if (!wanted) {
    return;
  } else if (is<op::AvgPool>(n)) {
    add_step(pass, Average{.window = window_of(id), .gradient = true, .from = dy, .to = dx});
  } else if (is<op::MaxPool>(n)) {
    const ValueId y = values_[at(id)];
    add_step(pass, MaximumBack{.window = window_of(id), .x = x, .y = y, .dy = dy, .dx = dx});
  } else if (is<op::GlobalAvgPool>(n)) {
    add_step(pass, GlobalAverage{.gradient = true, .from = dy, .to = dx});
  } else if (is<op::DropPath>(n) || is<op::Dropout>(n)) {
    add_step(pass, Drop{.drop = index_.at(id), .from = dy, .to = dx});
  } else {
    add_step(pass, Move{.places = places_of(id, index, true), .from = dy, .to = dx});
  }
}

}  // namespace tse::plan
