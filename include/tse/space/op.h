#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tse {

/// The operations of a graph: plain values, one struct each. Shapes are (C,H,W), without the batch.
namespace op {

/// The images. No inputs.
struct Input {
  bool operator==(const Input&) const = default;
};

/// (C,H,W) to (out,H',W'); weight (out, C/groups, kernel, kernel), and a bias (out) where asked for. Each of the groups
/// of channels of the output sees only its group of the input's: depthwise where groups = C.
struct Conv2d {
  int out = 0;
  int kernel = 1;
  int stride = 1;
  int padding = 0;
  int dilation = 1;  // pixels between neighbours of a window
  int groups = 1;
  bool bias = false;
  bool operator==(const Conv2d&) const = default;
};

/// Per channel: (x - mean)/sqrt(var + 1e-5)*scale + shift, batch statistics in training, running ones (momentum 0.1)
/// in evaluation.
struct BatchNorm {
  bool affine = true;  // false: no scale, no shift
  bool track = true;   // false: no running statistics, those of the batch in evaluation too
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

/// The largest in a window; padding never wins.
struct MaxPool {
  int kernel = 3;
  int stride = 1;
  int padding = 1;
  bool operator==(const MaxPool&) const = default;
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

/// Elementwise, of one or more inputs of one shape; each times its coefficient where there are any.
struct Sum {
  /// Where the coefficients come from, one per input.
  enum class Coefficients {
    none,          // a plain sum
    constant,      // `constants`
    positive,      // learned: sigmoid(a), with the parameter a (inputs) that starts at 1
    architecture,  // a tensor (inputs) that a search gives, under the name `architecture`; many sums may name one
  };
  Coefficients coefficients = Coefficients::none;
  std::vector<double> constants = {};
  std::string architecture = {};
  bool operator==(const Sum&) const = default;
};

/// One after another along the channels, of one or more inputs of one height and width.
struct Concat {
  bool operator==(const Concat&) const = default;
};

/// out(y,x) = in(y + by, x + by), zeros where that lies outside. What the second convolution of a factorised reduce
/// reads: with stride 2 on even sizes it sees DARTS's x[:, :, 1:, 1:] (arXiv:1806.09055).
struct Shift {
  int by = 1;
  bool operator==(const Shift&) const = default;
};

/// Channels first .. first + count - 1.
struct Slice {
  int first = 0;
  int count = 1;
  bool operator==(const Slice&) const = default;
};

/// Channels seen as a table (groups, C/groups), read column by column: the channel shuffle of ShuffleNet
/// (arXiv:1707.01083) and PC-DARTS (arXiv:1907.05737).
struct Shuffle {
  int groups = 1;
  bool operator==(const Shuffle&) const = default;
};

/// In training the whole activation of an image is zeroed with probability `rate`, and else divided by 1 - rate; the
/// identity in evaluation (FractalNet, arXiv:1605.07648, as in DARTS).
struct DropPath {
  double rate = 0;
  bool operator==(const DropPath&) const = default;
};

/// The same for every value by itself.
struct Dropout {
  double rate = 0;
  bool operator==(const Dropout&) const = default;
};

/// Zeros of the shape of its input.
struct Zero {
  bool operator==(const Zero&) const = default;
};

struct Identity {
  bool operator==(const Identity&) const = default;
};

}  // namespace op

using Op = std::variant<op::Input, op::Conv2d, op::BatchNorm, op::Relu, op::AvgPool, op::MaxPool, op::GlobalAvgPool,
                        op::Linear, op::Sum, op::Concat, op::Shift, op::Slice, op::Shuffle, op::DropPath, op::Dropout,
                        op::Zero, op::Identity>;

/// The op's name as graphs print it: "conv2d".
std::string_view name(const Op& op);

/// Its attributes as `key=value` pairs joined by spaces; empty where it has none. Equal texts mean equal ops of one
/// name. What few ops have is left out where it is the default: dilation, groups, bias, affine, track, coefficients.
std::string attributes(const Op& op);

}  // namespace tse
