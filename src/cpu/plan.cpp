#include "plan.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "memory_plan.h"
#include "tse/base/error.h"
#include "tse/space/graph.h"

namespace tse::cpu {
namespace {

template <class T>
bool is(const Node& node) {
  return std::holds_alternative<T>(node.op);
}

bool has_parameters(const Node& node) {
  return is<op::Conv2d>(node) || is<op::Linear>(node) || is<op::BatchNorm>(node);
}

/// Whether the node's op has kernels with these attributes.
bool runs_here(const Node& node) {
  if (const auto* conv = std::get_if<op::Conv2d>(&node.op)) {
    return conv->dilation == 1 && conv->groups == 1 && !conv->bias;
  }
  if (const auto* norm = std::get_if<op::BatchNorm>(&node.op)) return *norm == op::BatchNorm{};
  if (const auto* sum = std::get_if<op::Sum>(&node.op)) return *sum == op::Sum{};
  return is<op::Input>(node) || is<op::Relu>(node) || is<op::AvgPool>(node) || is<op::GlobalAvgPool>(node) ||
         is<op::Linear>(node) || is<op::Zero>(node) || is<op::Identity>(node);
}

/// What becomes of a node.
enum class Role {
  input,
  combined,  // a sum of terms that is computed and kept: sum, batch norm, zero, identity
  inlined,   // a batch norm that is one term of the sum that follows
  relu,      // an output of the sum before it, or a sum of one term where there is none
  op,        // has a kernel of its own
};

class Planner {
 public:
  Planner(const Graph& graph, Storage storage, int batch, bool training)
      : graph_(graph), storage_(storage), size_(graph.nodes().size()) {
    plan_.training = training;
    plan_.batch = batch;
    consumers_.resize(size_);
    for (std::size_t i = 0; i < size_; ++i) {
      for (const NodeId input : graph.nodes()[i].inputs) consumers_[at(input)].push_back(static_cast<NodeId>(i));
    }
    find_roles();
  }

  Plan make() {
    plan_forward();
    if (plan_.training) plan_backward();
    place(plan_);
    return std::move(plan_);
  }

 private:
  static std::size_t at(NodeId id) { return static_cast<std::size_t>(id); }
  const Node& node(NodeId id) const { return graph_.nodes()[at(id)]; }
  NodeId input_of(NodeId id) const { return node(id).inputs[0]; }
  bool is_output(NodeId id) const { return at(id) + 1 == size_; }

  void find_roles() {
    for (std::size_t i = 0; i < size_; ++i) {
      const Node& n = graph_.nodes()[i];
      const auto& users = consumers_[i];
      if (is<op::Input>(n)) {
        roles_.push_back(Role::input);
      } else if (is<op::Relu>(n)) {
        roles_.push_back(Role::relu);
      } else if (is<op::BatchNorm>(n) && users.size() == 1 && is<op::Sum>(node(users[0]))) {
        roles_.push_back(Role::inlined);
      } else if (is<op::BatchNorm>(n) || is<op::Sum>(n) || is<op::Zero>(n) || is<op::Identity>(n)) {
        roles_.push_back(Role::combined);
      } else {
        roles_.push_back(Role::op);
      }
    }
  }

  Role role(NodeId id) const { return roles_[at(id)]; }

  /// The ReLU that a sum writes beside itself, or kNone.
  NodeId attached_relu(NodeId id) const {
    if (role(id) != Role::combined) return kNone;
    for (const NodeId user : consumers_[at(id)]) {
      if (role(user) == Role::relu) return user;
    }
    return kNone;
  }

  // --- values and uses

  ValueId new_value(const Shape& shape, Storage storage, int pass) {
    plan_.values.push_back({.shape = shape, .storage = storage, .born = pass, .dies = pass});
    return static_cast<ValueId>(plan_.values.size()) - 1;
  }

  /// Notes that a step of this pass, the next one to be added, writes or reads the value.
  void touch(ValueId id, int pass, std::size_t step) {
    if (id == kNone) return;
    Value& value = plan_.values[static_cast<std::size_t>(id)];
    value.dies = std::max(value.dies, pass);
    if (value.first_step == 0 && value.last_step == 0) value.first_step = static_cast<int>(step);
    value.last_step = static_cast<int>(step);
  }

  template <class S, class... Ids>
  void add_step(std::vector<Pass>& passes, int first, int pass, S step, Ids... ids) {
    const auto index = static_cast<std::size_t>(pass - first);
    if (passes.size() <= index) passes.resize(index + 1);
    auto& steps = passes[index].steps;
    (touch(ids, pass, steps.size() + 1), ...);
    if constexpr (std::is_same_v<S, Combine>) {
      for (const PlannedTerm& term : step.terms) {
        touch(term.x, pass, steps.size() + 1);
        touch(term.mask, pass, steps.size() + 1);
      }
    }
    steps.push_back(std::move(step));
  }

  template <class S, class... Ids>
  void forward_step(int pass, S step, Ids... ids) {
    add_step(plan_.forward, 0, pass, std::move(step), ids...);
  }

  template <class S, class... Ids>
  void backward_step(int pass, S step, Ids... ids) {
    add_step(plan_.backward, forward_passes_, pass, std::move(step), ids...);
  }

  // --- forward

  /// The pass after which a batch norm of this node can be applied.
  int after_statistics(NodeId id) const { return level_[at(id)] + (plan_.training ? 1 : 0); }

  int norm_of(NodeId norm) {
    if (norms_[at(norm)] == kNone) {
      norms_[at(norm)] = static_cast<int>(plan_.norms.size());
      plan_.norms.push_back({.name = node(norm).name, .shape = node(norm).shape});
    }
    return norms_[at(norm)];
  }

  /// What a node gives to the sum that reads it.
  PlannedTerm term_of(NodeId id) {
    if (is<op::BatchNorm>(node(id)) && values_[at(id)] == kNone) {
      return {.x = values_[at(input_of(id))],
              .norm = norm_of(id),
              .scale = PerChannel::scale,
              .shift = PerChannel::shift,
              .mask = kNone};
    }
    return {.x = values_[at(id)]};
  }

  int term_level(NodeId id) const {
    return role(id) == Role::inlined ? after_statistics(input_of(id)) : level_[at(id)];
  }

  Storage storage_of(const Node& n) const {
    if (is<op::GlobalAvgPool>(n) || is<op::Linear>(n)) return Storage::fp32;
    return plan_.values[static_cast<std::size_t>(values_[at(first_value(n.inputs[0]))])].storage;
  }

  /// The node itself, or what it was inlined from.
  NodeId first_value(NodeId id) const { return role(id) == Role::inlined ? input_of(id) : id; }

  void plan_forward() {
    level_.assign(size_, 0);
    values_.assign(size_, kNone);
    norms_.assign(size_, kNone);
    for (std::size_t i = 0; i < size_; ++i) plan_node(static_cast<NodeId>(i));
    plan_.logits = values_[size_ - 1];
    forward_passes_ = static_cast<int>(plan_.forward.size());
    // read by the caller after the last pass
    plan_.values[static_cast<std::size_t>(plan_.logits)].dies = forward_passes_;
  }

  void plan_node(NodeId id) {
    const Node& n = node(id);
    switch (role(id)) {
      case Role::input:
        plan_.images = values_[at(id)] = new_value(n.shape, storage_, -1);
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

  void plan_moments(NodeId id) {
    if (!plan_.training) return;
    for (const NodeId user : consumers_[at(id)]) {
      if (!is<op::BatchNorm>(node(user))) continue;
      const int norm = norm_of(user);
      forward_step(level_[at(id)], Moments{.norm = norm, .y = values_[at(id)]}, values_[at(id)]);
      plan_.forward[at(level_[at(id)])].norms.push_back(norm);
    }
  }

  void plan_combined(NodeId id) {
    const Node& n = node(id);
    Combine step;
    int level = 0;
    if (is<op::BatchNorm>(n)) {
      step.terms.push_back(term_of(id));
      level = after_statistics(n.inputs[0]);
    } else if (!is<op::Zero>(n)) {
      for (const NodeId input : n.inputs) {
        step.terms.push_back(term_of(input));
        level = std::max(level, term_level(input));
      }
    }
    level_[at(id)] = level;
    const Storage storage = storage_of(n);
    const NodeId relu = attached_relu(id);
    const bool needed =
        is_output(id) || std::ranges::any_of(consumers_[at(id)], [&](NodeId user) { return user != relu; });
    if (needed) step.sum = values_[at(id)] = new_value(n.shape, storage, level);
    if (relu != kNone) {
      step.relu = values_[at(relu)] = new_value(n.shape, storage, level);
      level_[at(relu)] = level;
    }
    const ValueId sum = step.sum;
    const ValueId positive = step.relu;
    forward_step(level, std::move(step), sum, positive);
  }

  void plan_lone_relu(NodeId id) {
    const Node& n = node(id);
    const int level = level_[at(n.inputs[0])];
    level_[at(id)] = level;
    const ValueId relu = values_[at(id)] = new_value(n.shape, storage_of(n), level);
    forward_step(level, Combine{.terms = {term_of(n.inputs[0])}, .sum = kNone, .relu = relu}, relu);
  }

  static Window window_of(const op::AvgPool& pool, const Shape& in, const Shape& out) {
    return {.kernel = pool.kernel,
            .stride = pool.stride,
            .padding = pool.padding,
            .channels = in.channels,
            .height = in.height,
            .width = in.width,
            .out_height = out.height,
            .out_width = out.width};
  }

  void plan_op(NodeId id) {
    const Node& n = node(id);
    const int level = level_[at(n.inputs[0])];
    level_[at(id)] = level;
    const ValueId x = values_[at(n.inputs[0])];
    const ValueId y = values_[at(id)] = new_value(n.shape, storage_of(n), level);
    const Shape& in = node(n.inputs[0]).shape;
    if (const auto* conv = std::get_if<op::Conv2d>(&n.op)) {
      index_[id] = static_cast<int>(plan_.convolutions.size());
      plan_.convolutions.push_back({.name = n.name, .op = *conv, .in = in, .out = n.shape});
      forward_step(level, Convolve{.convolution = index_[id], .x = x, .y = y}, x, y);
    } else if (const auto* pool = std::get_if<op::AvgPool>(&n.op)) {
      forward_step(level, Average{.window = window_of(*pool, in, n.shape), .from = x, .to = y}, x, y);
    } else if (is<op::GlobalAvgPool>(n)) {
      forward_step(level, GlobalAverage{.from = x, .to = y}, x, y);
    } else if (is<op::Linear>(n)) {
      index_[id] = static_cast<int>(plan_.linears.size());
      plan_.linears.push_back({.name = n.name, .in = in.channels, .out = n.shape.channels});
      forward_step(level, Multiply{.linear = index_[id], .x = x, .y = y}, x, y);
    } else {
      throw UsageError(n.name, "expected an op with a kernel for this CPU; got {}", name(n.op));
    }
  }

  // --- backward

  /// One way in which a node's gradient comes about.
  struct Source {
    NodeId from = kNone;      // whose gradient it is made of
    NodeId norm = kNone;      // through this batch norm
    bool through_op = false;  // what from's op gives to its input
    NodeId mask = kNone;      // where this ReLU is positive
  };

  bool needs_gradient(NodeId id) const { return needs_[at(id)]; }

  std::vector<Source> sources(NodeId id) const {
    std::vector<Source> list;
    for (const NodeId user : consumers_[at(id)]) {
      if (!needs_gradient(user)) continue;
      if (is<op::BatchNorm>(node(user))) {
        list.push_back({.from = role(user) == Role::inlined ? consumers_[at(user)][0] : user, .norm = user});
      } else if (role(user) == Role::relu) {
        for (Source source : sources(user)) {
          if (source.mask == kNone) source.mask = user;
          list.push_back(source);
        }
      } else if (role(user) == Role::combined) {
        list.push_back({.from = user});
      } else {
        list.push_back({.from = user, .through_op = true});
      }
    }
    return list;
  }

  /// The first backward pass in which the gradient can be formed.
  int earliest(NodeId id, const std::vector<int>& of_others) const {
    int pass = 0;
    for (const Source& source : sources(id)) {
      pass = std::max(pass, of_others[at(source.from)] + (source.norm == kNone ? 0 : 1));
    }
    return pass;
  }

  /// What an op's output rides with: the gradient of its input is formed in the same pass, so that what the op hands
  /// down never leaves the cache.
  NodeId base(NodeId id) const {
    while (role(id) == Role::relu) id = input_of(id);
    return id;
  }

  /// Whether the logits depend on each node: not where all that is made of it is multiplied by zero.
  std::vector<bool> reached() const {
    std::vector<bool> list(size_, false);
    list[size_ - 1] = true;
    for (std::size_t i = size_; i-- > 0;) {
      if (!list[i] || is<op::Zero>(graph_.nodes()[i])) continue;
      for (const NodeId input : graph_.nodes()[i].inputs) list[at(input)] = true;
    }
    return list;
  }

  void note_learning(NodeId id) {
    const Node& n = node(id);
    if (is<op::BatchNorm>(n)) plan_.norms[static_cast<std::size_t>(norms_[at(id)])].learns = true;
    if (is<op::Conv2d>(n)) plan_.convolutions[static_cast<std::size_t>(index_[id])].learns = true;
    if (is<op::Linear>(n)) plan_.linears[static_cast<std::size_t>(index_[id])].learns = true;
  }

  void plan_backward() {
    needs_.assign(size_, false);
    const std::vector<bool> reaches = reached();
    for (std::size_t i = 0; i < size_; ++i) {
      const Node& n = graph_.nodes()[i];
      needs_[i] =
          reaches[i] && !is<op::Zero>(n) &&
          (has_parameters(n) || std::ranges::any_of(n.inputs, [&](NodeId input) { return needs_gradient(input); }));
    }
    for (std::size_t i = 0; i < size_; ++i) {
      if (needs_[i]) note_learning(static_cast<NodeId>(i));
    }
    std::vector<int> pass(size_, 0);
    for (std::size_t i = size_; i-- > 0;) pass[i] = earliest(static_cast<NodeId>(i), pass);
    for (std::size_t i = 0; i < size_; ++i) {
      const auto id = static_cast<NodeId>(i);
      if (role(id) == Role::op && needs_gradient(base(input_of(id)))) pass[i] = pass[at(base(input_of(id)))];
    }
    gradients_.assign(size_, kNone);
    handed_down_.assign(size_, kNone);
    const Value& logits = plan_.values[static_cast<std::size_t>(plan_.logits)];
    plan_.logits_gradient = gradients_[size_ - 1] = new_value(logits.shape, logits.storage, forward_passes_ - 1);
    for (std::size_t i = size_; i-- > 0;) {
      const auto id = static_cast<NodeId>(i);
      if (!needs_gradient(id) || role(id) == Role::inlined || role(id) == Role::relu) continue;
      plan_gradient(id, forward_passes_ + pass[i]);
    }
  }

  void plan_gradient(NodeId id, int pass) {
    if (!is_output(id)) form_gradient(id, pass);
    if (role(id) == Role::op) hand_down(id, pass);
    if (role(id) != Role::combined) return;
    if (is<op::BatchNorm>(node(id))) {
      plan_reduce(id, id, pass);
    } else {
      for (const NodeId input : node(id).inputs) {
        if (role(input) == Role::inlined) plan_reduce(input, id, pass);
      }
    }
  }

  void plan_reduce(NodeId norm, NodeId sum, int pass) {
    const ValueId g = gradients_[at(sum)];
    const ValueId y = values_[at(input_of(norm))];
    backward_step(pass, Reduce{.norm = norms_[at(norm)], .g = g, .y = y}, g, y);
    plan_.backward[static_cast<std::size_t>(pass - forward_passes_)].norms.push_back(norms_[at(norm)]);
  }

  void form_gradient(NodeId id, int pass) {
    Combine step;
    for (const Source& source : sources(id)) {
      const ValueId mask = source.mask == kNone ? kNone : values_[at(source.mask)];
      const ValueId g = source.through_op ? handed_down_[at(source.from)] : gradients_[at(source.from)];
      if (source.norm == kNone) {
        step.terms.push_back({.x = g, .mask = mask});
        continue;
      }
      const int norm = norms_[at(source.norm)];
      step.terms.push_back({.x = g,
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
    if (step.terms.size() == 1 && step.terms[0].norm == kNone && step.terms[0].mask == kNone) {
      gradients_[at(id)] = step.terms[0].x;
      return;
    }
    const Storage storage = plan_.values[static_cast<std::size_t>(any_value(id))].storage;
    const ValueId sum = step.sum = gradients_[at(id)] = new_value(node(id).shape, storage, pass);
    backward_step(pass, std::move(step), sum);
  }

  /// A value of the same storage as the node's, which itself may not be kept.
  ValueId any_value(NodeId id) const {
    return values_[at(id)] != kNone ? values_[at(id)] : values_[at(attached_relu(id))];
  }

  void hand_down(NodeId id, int pass) {
    const Node& n = node(id);
    const NodeId from = n.inputs[0];
    const ValueId x = values_[at(from)];
    const ValueId dy = gradients_[at(id)];
    const Shape& in = node(from).shape;
    const bool wanted = needs_gradient(base(from));
    const ValueId dx = wanted ? new_value(in, plan_.values[static_cast<std::size_t>(x)].storage, pass) : kNone;
    handed_down_[at(id)] = dx;
    if (is<op::Conv2d>(n)) {
      plan_.convolutions[static_cast<std::size_t>(index_[id])].input_gradient = wanted;
      backward_step(pass, ConvolveBack{.convolution = index_[id], .x = x, .dy = dy, .dx = dx}, x, dy, dx);
    } else if (is<op::Linear>(n)) {
      backward_step(pass, MultiplyBack{.linear = index_[id], .x = x, .dy = dy, .dx = dx}, x, dy, dx);
    } else if (const auto* pool = std::get_if<op::AvgPool>(&n.op); pool != nullptr && wanted) {
      backward_step(pass, Average{.window = window_of(*pool, in, n.shape), .gradient = true, .from = dy, .to = dx}, dy,
                    dx);
    } else if (is<op::GlobalAvgPool>(n) && wanted) {
      backward_step(pass, GlobalAverage{.gradient = true, .from = dy, .to = dx}, dy, dx);
    }
  }

  const Graph& graph_;
  Storage storage_;
  std::size_t size_;
  Plan plan_;
  std::vector<std::vector<NodeId>> consumers_;
  std::vector<Role> roles_;
  std::vector<int> level_;       // forward pass of each node
  std::vector<ValueId> values_;  // its activations, kNone where they are not kept
  std::vector<int> norms_;       // number of a batch norm
  std::map<NodeId, int> index_;  // number of a convolution or linear layer
  std::vector<bool> needs_;
  std::vector<ValueId> gradients_;
  std::vector<ValueId> handed_down_;  // by an op to its input
  int forward_passes_ = 0;
};

}  // namespace

bool can_plan(const Graph& graph) { return std::ranges::all_of(graph.nodes(), runs_here); }

Plan make_plan(const Graph& graph, Storage storage, int batch, bool training) {
  return Planner(graph, storage, batch, training).make();
}

}  // namespace tse::cpu
