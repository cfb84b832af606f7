#include <algorithm>

#include "planner.h"
#include "tse/base/error.h"

namespace tse::plan {

void Planner::plan_forward() {
  level_.assign(size_, 0);
  values_.assign(size_, kNone);
  for (std::size_t i = 0; i < size_; ++i) plan_node(static_cast<NodeId>(i));
  plan_.logits = values_[size_ - 1];
  plan_.forward_passes = static_cast<int>(plan_.passes.size());
}

void Planner::plan_node(NodeId id) {
  const Node& n = node(id);
  switch (role(id)) {
    case Role::input:
      plan_.images = values_[at(id)] = new_value(n.shape, storage_);
      break;
    case Role::inlined:
      return;
    case Role::combined:
      plan_combined(id);
      break;
    case Role::relu:
      if (values_[at(id)] == kNone) plan_lone_relu(id);
      break;
    case Role::op:
      plan_op(id);
      break;
  }
  plan_moments(id);
}

void Planner::plan_moments(NodeId id) {
  for (const Use& use : uses_[at(id)]) {
    if (!is<op::BatchNorm>(node(use.user)) || !uses_batch(use.user)) continue;
    const int norm = norm_of(use.user);
    add_step(level_[at(id)], Moments{.norm = norm, .y = values_[at(id)]});
    pass_at(level_[at(id)]).norms.push_back(norm);
  }
}

void Planner::plan_combined(NodeId id) {
  const Node& n = node(id);
  Combine step;
  int level = 0;
  if (is<op::BatchNorm>(n)) {
    step.terms.push_back(term_of(id));
    level = after_statistics(id);
  } else if (!is<op::Zero>(n)) {
    const int sum = sum_of(id);
    for (const NodeId input : n.inputs) {
      Term term = term_of(input);
      if (sum != kNone) term.sum = sum, term.input = static_cast<int>(step.terms.size());
      step.terms.push_back(term);
      level = std::max(level, term_level(input));
    }
  }
  level_[at(id)] = level;
  const Storage storage = storage_of(n);
  const NodeId relu = attached_relu(id);
  const bool needed =
      is_output(id) || std::ranges::any_of(uses_[at(id)], [&](const Use& use) { return use.user != relu; });
  if (needed) step.sum = values_[at(id)] = new_value(n.shape, storage);
  if (relu != kNone) {
    step.relu = values_[at(relu)] = new_value(n.shape, storage);
    level_[at(relu)] = level;
  }
  add_step(level, std::move(step));
}

void Planner::plan_lone_relu(NodeId id) {
  const Node& n = node(id);
  const int level = level_[at(n.inputs[0])];
  level_[at(id)] = level;
  const ValueId relu = values_[at(id)] = new_value(n.shape, storage_of(n));
  add_step(level, Combine{.terms = {term_of(n.inputs[0])}, .sum = kNone, .relu = relu});
}

void Planner::plan_op(NodeId id) {
  const Node& n = node(id);
  int level = 0;
  for (const NodeId input : n.inputs) level = std::max(level, level_[at(input)]);
  level_[at(id)] = level;
  const ValueId x = values_[at(n.inputs[0])];
  const ValueId y = values_[at(id)] = new_value(n.shape, storage_of(n));
  const Shape& in = node(n.inputs[0]).shape;
  const auto number = [&](auto& list, auto planned) {
    index_[id] = static_cast<int>(list.size());
    list.push_back(std::move(planned));
    return index_[id];
  };
  if (const auto* conv = std::get_if<op::Conv2d>(&n.op)) {
    const int index =
        number(plan_.convolutions, PlannedConvolution{.name = n.name, .op = *conv, .in = in, .out = n.shape});
    add_step(level, Convolve{.convolution = index, .x = x, .y = y});
  } else if (is<op::AvgPool>(n)) {
    add_step(level, Average{.window = window_of(id), .from = x, .to = y});
  } else if (is<op::MaxPool>(n)) {
    add_step(level, Maximum{.window = window_of(id), .x = x, .y = y});
  } else if (is<op::GlobalAvgPool>(n)) {
    add_step(level, GlobalAverage{.from = x, .to = y});
  } else if (is<op::Linear>(n)) {
    const int index = number(plan_.linears, PlannedLinear{.name = n.name, .in = in.channels, .out = n.shape.channels});
    add_step(level, Multiply{.linear = index, .x = plan_widened(id, level), .y = y});
  } else if (is<op::DropPath>(n) || is<op::Dropout>(n)) {
    const auto* path = std::get_if<op::DropPath>(&n.op);
    const double rate = path != nullptr ? path->rate : std::get<op::Dropout>(n.op).rate;
    const int index = number(
        plan_.drops, PlannedDrop{.name = n.name, .shape = n.shape, .rate = rate, .whole_images = path != nullptr});
    add_step(level, Drop{.drop = index, .from = x, .to = y});
  } else {
    for (int i = 0; i < static_cast<int>(n.inputs.size()); ++i) {
      const ValueId from = values_[at(n.inputs[static_cast<std::size_t>(i)])];
      add_step(level, Move{.places = places_of(id, i, false), .from = from, .to = y});
    }
  }
}

ValueId Planner::plan_widened(NodeId linear, int level) {
  const ValueId x = values_[at(input_of(linear))];
  if (value(x).storage == Storage::fp32) return x;
  const ValueId wide = widened_[linear] = new_value(node(input_of(linear)).shape, Storage::fp32);
  add_step(level, GlobalAverage{.from = x, .to = wide});
  return wide;
}

bool Planner::uses_batch(NodeId norm) const { return plan_.training || !std::get<op::BatchNorm>(node(norm).op).track; }

int Planner::norm_of(NodeId norm) {
  const auto [found, fresh] = index_.try_emplace(norm, static_cast<int>(plan_.norms.size()));
  if (fresh) {
    plan_.norms.push_back(
        {.name = node(norm).name, .shape = node(norm).shape, .op = std::get<op::BatchNorm>(node(norm).op)});
  }
  return found->second;
}

/// kNone where it has no coefficients.
int Planner::sum_of(NodeId sum) {
  const auto* op = std::get_if<op::Sum>(&node(sum).op);
  if (op == nullptr || op->coefficients == op::Sum::Coefficients::none) return kNone;
  index_[sum] = static_cast<int>(plan_.sums.size());
  plan_.sums.push_back({.name = node(sum).name,
                        .op = *op,
                        .inputs = static_cast<int>(node(sum).inputs.size()),
                        .channels = node(sum).shape.channels});
  return index_[sum];
}

Term Planner::term_of(NodeId id) {
  if (is<op::BatchNorm>(node(id)) && values_[at(id)] == kNone) {
    return {.x = values_[at(input_of(id))],
            .norm = norm_of(id),
            .scale = PerChannel::scale,
            .shift = PerChannel::shift,
            .mask = kNone};
  }
  return {.x = values_[at(id)]};
}

int Planner::term_level(NodeId id) const { return role(id) == Role::inlined ? after_statistics(id) : level_[at(id)]; }

Storage Planner::storage_of(const Node& n) {
  if (is<op::GlobalAvgPool>(n) || is<op::Linear>(n)) return Storage::fp32;
  // a batch norm that is inlined has no value of its own
  const NodeId first = role(n.inputs[0]) == Role::inlined ? input_of(n.inputs[0]) : n.inputs[0];
  return value(any_value(first)).storage;
}

Window Planner::window_of(NodeId id) const {
  const Shape& in = node(input_of(id)).shape;
  const Shape& out = node(id).shape;
  const auto make = [&](const auto& pool) {
    return Window{.kernel = pool.kernel,
                  .stride = pool.stride,
                  .padding = pool.padding,
                  .channels = in.channels,
                  .height = in.height,
                  .width = in.width,
                  .out_height = out.height,
                  .out_width = out.width};
  };
  const auto* average = std::get_if<op::AvgPool>(&node(id).op);
  return average != nullptr ? make(*average) : make(std::get<op::MaxPool>(node(id).op));
}

Places Planner::places_of(NodeId id, int index, bool gradient) const {
  const Node& n = node(id);
  const Shape& in = node(n.inputs[static_cast<std::size_t>(index)]).shape;
  Places places{.height = in.height,
                .width = in.width,
                .from_channels = in.channels,
                .to_channels = n.shape.channels,
                .channels = std::min(in.channels, n.shape.channels)};
  if (is<op::Concat>(n)) {
    for (int i = 0; i < index; ++i) places.to_first += node(n.inputs[static_cast<std::size_t>(i)]).shape.channels;
  } else if (const auto* slice = std::get_if<op::Slice>(&n.op)) {
    places.from_first = slice->first;
  } else if (const auto* shuffle = std::get_if<op::Shuffle>(&n.op)) {
    places.groups = gradient ? in.channels / shuffle->groups : shuffle->groups;
  } else if (const auto* shift = std::get_if<op::Shift>(&n.op)) {
    places.shift = gradient ? -shift->by : shift->by;
  } else {
    throw UsageError(n.name, "expected an op that can be planned; got {}", name(n.op));
  }
  if (gradient) {
    std::swap(places.from_channels, places.to_channels);
    std::swap(places.from_first, places.to_first);
    places.clear = is<op::Slice>(n);
  }
  return places;
}

}  // namespace tse::plan
