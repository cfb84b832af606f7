#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tse/plan/step.h"
#include "tse/plan/value.h"
#include "tse/space/op.h"
#include "tse/space/shape.h"

namespace tse {
class Graph;  // tse/space/graph.h
}  // namespace tse

namespace tse::plan {

// A plan is a graph turned into work, for any device: docs/design/plan.md. Every op but batch norm, whose statistics
// are of the whole batch, looks at one image at a time. So a training step is a few passes over the batch, ended by the
// statistics that the next ones need.

/// Steps in the order in which they may run one after another.
struct Pass {
  std::vector<Step> steps;
  std::vector<int> norms;  // whose statistics are complete after it: moments in a forward pass, reductions in another
  std::vector<int> sums;   // whose coefficients' gradients are
  bool operator==(const Pass&) const = default;
};

// What steps refer to by number. The name is that of the graph's node, which its parameters begin with: name.weight.

struct PlannedConvolution {
  std::string name;
  op::Conv2d op;
  Shape in, out;
  bool input_gradient = false;
  bool learns = false;  // the logits depend on it
  bool operator==(const PlannedConvolution&) const = default;
};

struct PlannedLinear {
  std::string name;
  int in = 0;
  int out = 0;
  bool learns = false;
  bool operator==(const PlannedLinear&) const = default;
};

inline constexpr float kBatchNormEps = 1e-5F;
inline constexpr float kBatchNormMomentum = 0.1F;

struct PlannedNorm {
  std::string name;
  Shape shape;
  op::BatchNorm op = {};
  bool learns = false;
  bool operator==(const PlannedNorm&) const = default;
};

/// A sum with coefficients.
struct PlannedSum {
  std::string name;
  op::Sum op;
  int inputs = 0;
  int channels = 0;
  bool learns = false;
  bool operator==(const PlannedSum&) const = default;
};

struct PlannedDrop {
  std::string name;
  Shape shape;
  double rate = 0;
  bool whole_images = false;  // drop path
  bool operator==(const PlannedDrop&) const = default;
};

struct PlanOptions {
  Storage storage = Storage::fp32;  // of the images and what is made of them, up to the first global average
  bool training = true;  // batch norm by the batch's statistics, and gradients; or by the running ones, and none
};

/// The same for the same graph and options, whatever the batch.
struct Plan {
  bool training = false;
  std::vector<Pass> passes;  // forward ones, then backward ones
  int forward_passes = 0;
  std::vector<Value> values;
  std::vector<PlannedConvolution> convolutions;
  std::vector<PlannedLinear> linears;
  std::vector<PlannedNorm> norms;
  std::vector<PlannedSum> sums;
  std::vector<PlannedDrop> drops;
  ValueId images = kNone;           // written by the caller before the first pass
  ValueId logits = kNone;           // read by the caller after the last forward pass
  ValueId logits_gradient = kNone;  // written by the caller before the first backward pass; kNone in evaluation

  std::span<const Pass> forward() const { return {passes.data(), static_cast<std::size_t>(forward_passes)}; }
  std::span<const Pass> backward() const { return std::span(passes).subspan(forward().size()); }
  const Value& value(ValueId id) const { return values[static_cast<std::size_t>(id)]; }

  bool operator==(const Plan&) const = default;
};

/// `graph` as it is: simplify it first. UsageError at the node where it cannot be planned.
Plan make_plan(const Graph& graph, const PlanOptions& options);

/// Whether it can: a step has one storage for all that it reads, so what is fp32 whatever the rest is (see heads) meets
/// nothing else.
bool can_plan(const Graph& graph);

/// Which nodes come behind a global average or a linear layer, or are one.
std::vector<bool> heads(const Graph& graph);

/// The tensor behind a sum's coefficients, (inputs); empty where they are constants.
std::string parameter(const PlannedSum& sum);

/// The parameters that the logits depend on, by name: all, unless a zero cuts some off.
std::vector<std::string> learned(const Plan& plan);

}  // namespace tse::plan
