#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace tse {

/// The operations of a graph: plain values, one struct each. Shapes are (C,H,W), without the batch.
namespace op {

/// The images. No inputs.
struct Input {
  bool operator==(const Input&) const = default;
};

/// (C,H,W) to (out,H',W'); weight (out, C, kernel, kernel), no bias.
struct Conv2d {
  int out = 0;
  int kernel = 1;
  int stride = 1;
  int padding = 0;
  bool operator==(const Conv2d&) const = default;
};

/// Per channel: (x - mean)/sqrt(var + 1e-5)*scale + shift, batch statistics in training, running ones (momentum 0.1)
/// in evaluation.
struct BatchNorm {
  bool operator==(const BatchNorm&) const = default;
};

struct Relu {
  bool operator==(const Relu&) const = default;
};

/// The mean over a window, padding not counted.
struct AvgPool {
  int kernel = 3;
  int stride = 1;
  int padding = 1;
  bool operator==(const AvgPool&) const = default;
};

/// (C,H,W) to (C,1,1).
struct GlobalAvgPool {
  bool operator==(const GlobalAvgPool&) const = default;
};

/// (C,1,1) to (out,1,1), with bias.
struct Linear {
  int out = 0;
  bool operator==(const Linear&) const = default;
};

/// Elementwise, of one or more inputs of one shape.
struct Sum {
  bool operator==(const Sum&) const = default;
};

/// Zeros of the shape of its input.
struct Zero {
  bool operator==(const Zero&) const = default;
};

struct Identity {
  bool operator==(const Identity&) const = default;
};

}  // namespace op

using Op = std::variant<op::Input, op::Conv2d, op::BatchNorm, op::Relu, op::AvgPool, op::GlobalAvgPool, op::Linear,
                        op::Sum, op::Zero, op::Identity>;

/// The op's name as graphs print it: "conv2d".
std::string_view name(const Op& op);

/// Its attributes as `key=value` pairs joined by spaces; empty where it has none.
std::string attributes(const Op& op);

}  // namespace tse
