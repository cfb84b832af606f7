#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/space/op.h"
#include "tse/space/shape.h"

namespace tse {

/// Index of a node in its graph.
using NodeId = int;

struct Node {
  std::string name;  // a path, stable across the architectures of one space: "stage2.cell1.edge_3_1.conv"
  Op op;
  std::vector<NodeId> inputs;  // earlier nodes
  Shape shape;                 // of its output, inferred

  bool operator==(const Node&) const = default;
};

/// Further logits of a graph, of the shape of its output's, that only training looks at: their loss counts `weight`
/// times beside the output's (the auxiliary head of DARTS, arXiv:1806.09055).
struct Auxiliary {
  NodeId node = 0;
  double weight = 0;

  bool operator==(const Auxiliary&) const = default;
};

/// How weights are drawn before a training. Batch norms start at 1 and 0 in either.
enum class Initialisation : std::uint8_t {
  pytorch,  // as PyTorch's layers: convolutions and linear layers U(-b, b) with b = 1/sqrt(fan_in), their biases too
  pycls,    // as pycls: convolutions N(0, 2/fan_out) with fan_out = kernel^2*out, linear layers N(0, 0.01^2); biases 0
};

/// A network as data: a DAG of named nodes in topological order. Everything that is known of an architecture (shapes,
/// parameters, MACs, drawing, the runnable network) is read off this; no other representation of a network exists.
class Graph {
 public:
  Graph() = default;
  explicit Graph(Initialisation initialisation) : initialisation_(initialisation) {}

  /// Appends a node. UsageError at the node's name where inputs are missing, later, of a wrong number or shape, or
  /// where the name is taken.
  NodeId add(std::string name, Op op, std::vector<NodeId> inputs = {});

  /// The images' node: the first of every graph.
  NodeId add_input(Shape shape);

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(NodeId id) const { return nodes_.at(static_cast<std::size_t>(id)); }

  /// The last node: (classes,1,1) logits in a classifier.
  const Node& output() const { return nodes_.back(); }

  /// UsageError where there is no such node, or the weight is not positive.
  void add_auxiliary(NodeId node, double weight);
  const std::vector<Auxiliary>& auxiliaries() const { return auxiliaries_; }

  Initialisation initialisation() const { return initialisation_; }

  bool operator==(const Graph&) const = default;

 private:
  std::vector<Node> nodes_;
  std::vector<Auxiliary> auxiliaries_;
  Initialisation initialisation_ = Initialisation::pytorch;
};

/// Of each node, whether auxiliary logits need it and the output does not.
std::vector<bool> only_auxiliary(const Graph& graph);

/// Weights and biases of convolutions, linear layers and batch norms, and the learned coefficients of sums. Running
/// statistics are not counted, nor are architecture weights, which belong to the search, nor what only auxiliary logits
/// need.
std::int64_t parameters(const Graph& graph);

/// Multiply-adds of one image: convolutions and linear layers, a bias counting as one more input. Batch norm, pooling
/// and sums, with coefficients or without, are not counted (NAS-Bench-201's "FLOPs"), nor what only auxiliary logits
/// need.
std::int64_t macs(const Graph& graph);

/// One line per node: name, op, attributes, inputs, shape. Golden files hold this.
std::string to_text(const Graph& graph);

Json to_json(const Graph& graph);

/// The Graphviz program of the graph, nodes of one cell or stage in one box.
std::string to_dot(const Graph& graph);

}  // namespace tse
