#pragma once

#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "tse/plan/plan.h"
#include "tse/space/graph.h"

namespace tse::plan {

template <class T>
bool is(const Node& node) {
  return std::holds_alternative<T>(node.op);
}

/// What becomes of a node.
enum class Role {
  input,
  combined,  // a sum of terms that is computed and kept: sum, batch norm, zero, identity
  inlined,   // a batch norm that is one term of the sum that follows
  relu,      // an output of the sum before it, or a sum of one term where there is none
  op,        // has a kernel of its own
};

/// Makes the plan of one graph. What both directions need is in plan.cpp; forward.cpp and backward.cpp have one each.
class Planner {
 public:
  Planner(const Graph& graph, const PlanOptions& options);

  Plan make();

 private:
  /// A node that reads another, and as which of its inputs.
  struct Use {
    NodeId user = kNone;
    int index = 0;
  };

  /// One way in which a node's gradient comes about.
  struct Source {
    NodeId from = kNone;      // whose gradient it is made of
    int index = 0;            // as which of its inputs
    NodeId norm = kNone;      // through this batch norm
    bool through_op = false;  // what from's op gives to its input
    NodeId mask = kNone;      // where this ReLU is positive
  };

  static std::size_t at(NodeId id) { return static_cast<std::size_t>(id); }
  const Node& node(NodeId id) const { return graph_.nodes()[at(id)]; }
  NodeId input_of(NodeId id) const { return node(id).inputs[0]; }
  bool is_output(NodeId id) const { return at(id) + 1 == size_; }
  Role role(NodeId id) const { return roles_[at(id)]; }
  const Value& value(ValueId id) const { return plan_.value(id); }

  Role role_of(std::size_t index) const;

  /// The ReLU that a sum writes beside itself, or kNone.
  NodeId attached_relu(NodeId id) const;

  /// Which a step of its own will write.
  ValueId new_value(const Shape& shape, Storage storage);

  Pass& pass_at(int number);

  /// Appends to that pass.
  void add_step(int pass, Step step);

  // --- forward

  void plan_forward();
  void plan_node(NodeId id);
  void plan_combined(NodeId id);
  void plan_lone_relu(NodeId id);
  void plan_op(NodeId id);
  void plan_moments(NodeId id);

  /// What a linear layer reads, in fp32: one that no global average precedes has one of single pixels put before it.
  ValueId plan_widened(NodeId linear, int level);

  /// Whether a batch norm normalises with what it finds in the batch.
  bool uses_batch(NodeId norm) const;

  /// The pass after which this batch norm can be applied.
  int after_statistics(NodeId norm) const { return level_[at(input_of(norm))] + (uses_batch(norm) ? 1 : 0); }

  int norm_of(NodeId norm);
  int sum_of(NodeId sum);

  /// What a node gives to the sum that reads it.
  Term term_of(NodeId id);
  int term_level(NodeId id) const;
  Storage storage_of(const Node& n);
  Window window_of(NodeId id) const;

  /// How an op moves values of its input, forward or back.
  Places places_of(NodeId id, int index, bool gradient) const;

  // --- backward

  void plan_backward();
  void plan_gradient(NodeId id, int pass);
  void plan_reduce(NodeId norm, NodeId sum, int pass);
  void plan_coefficients(NodeId sum, int pass);
  void form_gradient(NodeId id, int pass);
  void hand_down(NodeId id, int index, int pass);
  void note_learning(NodeId id);

  bool needs_gradient(NodeId id) const { return needs_[at(id)]; }

  /// Whether the logits depend on each node: not where all that is made of it is multiplied by zero.
  std::vector<bool> reached() const;

  std::vector<Source> sources(NodeId id) const;

  /// The first backward pass in which the gradient can be formed.
  int earliest(NodeId id, const std::vector<int>& of_others) const;

  /// What an op's output rides with: the gradient of its input is formed in the same pass, so that what the op hands
  /// down never leaves the cache.
  NodeId base(NodeId id) const {
    while (role(id) == Role::relu) id = input_of(id);
    return id;
  }

  /// A value of the same storage as the node's, which itself may not be kept.
  ValueId any_value(NodeId id) const {
    return values_[at(id)] != kNone ? values_[at(id)] : values_[at(attached_relu(id))];
  }

  const Graph& graph_;
  Storage storage_;
  std::size_t size_;
  Plan plan_;
  std::vector<std::vector<Use>> uses_;
  std::vector<Role> roles_;
  std::vector<int> level_;             // forward pass of each node
  std::vector<ValueId> values_;        // its activations, kNone where they are not kept
  std::map<NodeId, ValueId> widened_;  // what a linear layer reads, where that is not its input
  std::map<NodeId, int> index_;  // number of a convolution, linear layer, batch norm, sum with coefficients, or drop
  std::vector<bool> needs_;
  std::vector<ValueId> gradients_;
  std::map<std::pair<NodeId, int>, ValueId> handed_down_;  // by an op to one of its inputs
};

}  // namespace tse::plan
