#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "kernels.h"
#include "tse/space/op.h"
#include "tse/space/shape.h"

namespace tse {
class Graph;  // tse/space/graph.h
}  // namespace tse

namespace tse::cpu {

// A plan is a graph turned into work. Every op but batch norm, whose statistics are of the whole batch, looks at one
// image at a time. So a training step is a few passes over the batch, ended by the statistics that the next ones need,
// and a pass takes a block of images through all its steps while they are in the cache. Only what another pass reads is
// kept whole; the rest lives in a block's scratch memory. docs/design/cpu.md has the reasoning.

using ValueId = int;
inline constexpr ValueId kNone = -1;

/// Activations or their gradient.
struct Value {
  Shape shape;
  Storage storage = Storage::fp32;
  int born = 0;        // pass that writes it, numbered through forward and backward
  int dies = 0;        // last pass that reads it
  int first_step = 0;  // the same within its pass, where it lives in scratch memory
  int last_step = 0;
  std::size_t offset = 0;  // bytes, in the arena or in the scratch memory

  bool whole() const { return born != dies; }
  std::size_t image_bytes() const { return static_cast<std::size_t>(shape.elements()) * bytes(storage); }
};

/// What belongs to each channel of a batch norm, and changes from step to step.
enum class PerChannel : std::uint8_t { none, scale, shift, gradient_scale, gradient_shift, input_scale, zero };
inline constexpr std::size_t kPerChannel = 7;

/// x alone, or what a batch norm makes of it, or x times the coefficient that a sum has for one of its inputs.
struct PlannedTerm {
  ValueId x = kNone;
  int norm = kNone;
  PerChannel scale = PerChannel::none;  // of the norm
  PerChannel shift = PerChannel::none;
  int sum = kNone;
  int input = 0;  // of the sum
  ValueId mask = kNone;
};

/// The steps of a pass. Those named Back are gradients; dx is kNone where nobody needs it.
struct Combine {
  std::vector<PlannedTerm> terms;
  ValueId sum = kNone;
  ValueId relu = kNone;
};
struct Convolve {
  int convolution = 0;
  ValueId x = kNone, y = kNone;
};
struct ConvolveBack {
  int convolution = 0;
  ValueId x = kNone, dy = kNone, dx = kNone;
};
struct Average {
  Window window;
  bool gradient = false;
  ValueId from = kNone, to = kNone;
};
struct Maximum {
  Window window;
  ValueId x = kNone, y = kNone;
};
struct MaximumBack {
  Window window;
  ValueId x = kNone, y = kNone, dy = kNone, dx = kNone;
};
struct Move {  // concat, slice, shuffle, shift, and their gradients
  Places places;
  ValueId from = kNone, to = kNone;
};
struct Drop {  // drop path and dropout, and their gradients
  int drop = 0;
  ValueId from = kNone, to = kNone;
};
struct GlobalAverage {
  bool gradient = false;
  ValueId from = kNone, to = kNone;
};
struct Multiply {  // a linear layer
  int linear = 0;
  ValueId x = kNone, y = kNone;
};
struct MultiplyBack {
  int linear = 0;
  ValueId x = kNone, dy = kNone, dx = kNone;
};
struct Moments {
  int norm = 0;
  ValueId y = kNone;
};
struct Reduce {
  int norm = 0;
  ValueId g = kNone, y = kNone;
};
struct Weigh {  // the gradient of one coefficient of a sum
  int sum = 0;
  int input = 0;
  ValueId g = kNone, x = kNone;
};
using Step = std::variant<Combine, Convolve, ConvolveBack, Average, Maximum, MaximumBack, Move, Drop, GlobalAverage,
                          Multiply, MultiplyBack, Moments, Reduce, Weigh>;

struct Pass {
  std::vector<Step> steps;
  std::vector<int> norms;   // whose statistics are complete after it
  std::vector<int> sums;    // whose coefficients' gradients are
  int block = 1;            // images at a time
  std::size_t scratch = 0;  // bytes for a block
};

struct PlannedConvolution {
  std::string name;
  op::Conv2d op;
  Shape in, out;
  bool input_gradient = false;
  bool learns = false;  // the logits depend on it
};

struct PlannedLinear {
  std::string name;
  int in = 0;
  int out = 0;
  bool learns = false;
};

struct PlannedNorm {
  std::string name;
  Shape shape;
  op::BatchNorm op = {};
  bool learns = false;
};

/// A sum with coefficients.
struct PlannedSum {
  std::string name;
  op::Sum op;
  int inputs = 0;
  int channels = 0;
  bool learns = false;
};

struct PlannedDrop {
  std::string name;
  Shape shape;
  double rate = 0;
  bool whole_images = false;  // drop path
};

struct Plan {
  bool training = false;
  int batch = 0;  // images at the most
  std::vector<Value> values;
  std::vector<PlannedConvolution> convolutions;
  std::vector<PlannedLinear> linears;
  std::vector<PlannedNorm> norms;
  std::vector<PlannedSum> sums;
  std::vector<PlannedDrop> drops;
  std::vector<Pass> forward, backward;
  ValueId images = kNone;
  ValueId logits = kNone;
  ValueId logits_gradient = kNone;
  std::size_t arena = 0;    // bytes
  std::size_t scratch = 0;  // bytes per thread
};

/// `graph` as it is: simplify it first. UsageError where it has an op that has no kernel here.
Plan make_plan(const Graph& graph, Storage storage, int batch, bool training);

/// Whether every op of the graph has its kernels here.
bool can_plan(const Graph& graph);

}  // namespace tse::cpu
