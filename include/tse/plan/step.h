#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "tse/plan/value.h"

namespace tse::plan {

/// A square window that slides over an image.
struct Window {
  int kernel = 1;
  int stride = 1;
  int padding = 0;
  int channels = 0;
  int height = 0;  // of what it slides over
  int width = 0;
  int out_height = 0;
  int out_width = 0;
  bool operator==(const Window&) const = default;
};

/// Which values of an image go where: to[to_first + c] = from[from_first + p(c)] for c below `channels`, with p(c) =
/// c % groups * (channels/groups) + c / groups, at every pixel (y,x) from the pixel (y + shift, x + shift); zeros where
/// that lies outside.
struct Places {
  int height = 0;
  int width = 0;
  int from_channels = 0;  // that a pixel has
  int to_channels = 0;
  int from_first = 0;
  int to_first = 0;
  int channels = 0;
  int groups = 1;
  int shift = 0;
  bool clear = false;  // the other channels of `to` become zero; they keep what they are otherwise
  bool operator==(const Places&) const = default;
};

/// What belongs to each channel of a batch norm, and changes from step to step. With mean m and variance v of the batch
/// (or the running ones), r = 1/sqrt(v + kBatchNormEps), n values per channel, and the sums G = sum of g and H = sum of
/// g*(y - m) that a Reduce makes:
enum class PerChannel : std::uint8_t {
  none,
  scale,           // weight*r
  shift,           // bias - m*weight*r
  gradient_scale,  // weight*r
  gradient_shift,  // -weight*r*G/n - m*input_scale
  input_scale,     // -weight*r^3*H/n
  zero,
};
inline constexpr std::size_t kPerChannel = 7;

/// x alone, or what a batch norm makes of it, scale*x + shift, or x times the coefficient that a sum has for one of its
/// inputs; where there is a mask, only where that is positive, and zero elsewhere.
struct Term {
  ValueId x = kNone;
  int norm = kNone;
  PerChannel scale = PerChannel::none;  // of the norm
  PerChannel shift = PerChannel::none;
  int sum = kNone;
  int input = 0;  // of the sum
  ValueId mask = kNone;
  bool operator==(const Term&) const = default;
};

// The steps of a pass. Those named Back are gradients; dx is kNone where nobody needs it.

/// sum = the sum of the terms, zero without any; relu = max(sum, 0); either may be kNone.
struct Combine {
  std::vector<Term> terms;
  ValueId sum = kNone;
  ValueId relu = kNone;
  bool operator==(const Combine&) const = default;
};
struct Convolve {
  int convolution = 0;
  ValueId x = kNone, y = kNone;
  bool operator==(const Convolve&) const = default;
};
/// Of the input and of the weights, to which it adds.
struct ConvolveBack {
  int convolution = 0;
  ValueId x = kNone, dy = kNone, dx = kNone;
  bool operator==(const ConvolveBack&) const = default;
};
/// The mean over each window, padding not counted; or its gradient, from that of the output.
struct Average {
  Window window;
  bool gradient = false;
  ValueId from = kNone, to = kNone;
  bool operator==(const Average&) const = default;
};
/// The largest of each window; padding never wins.
struct Maximum {
  Window window;
  ValueId x = kNone, y = kNone;
  bool operator==(const Maximum&) const = default;
};
/// To the first of equals, row by row.
struct MaximumBack {
  Window window;
  ValueId x = kNone, y = kNone, dy = kNone, dx = kNone;
  bool operator==(const MaximumBack&) const = default;
};
/// Concat, slice, shuffle, shift, and their gradients. Several may write one value, each its own channels.
struct Move {
  Places places;
  ValueId from = kNone, to = kNone;
  bool operator==(const Move&) const = default;
};
/// Drop path and dropout, and their gradients: times the factors that were drawn for this step.
struct Drop {
  int drop = 0;
  ValueId from = kNone, to = kNone;
  bool operator==(const Drop&) const = default;
};
/// The mean over all pixels, in fp32; or its gradient.
struct GlobalAverage {
  bool gradient = false;
  ValueId from = kNone, to = kNone;
  bool operator==(const GlobalAverage&) const = default;
};
/// A linear layer, in fp32.
struct Multiply {
  int linear = 0;
  ValueId x = kNone, y = kNone;
  bool operator==(const Multiply&) const = default;
};
struct MultiplyBack {
  int linear = 0;
  ValueId x = kNone, dy = kNone, dx = kNone;
  bool operator==(const MultiplyBack&) const = default;
};
/// Mean and variance of y per channel, over the batch.
struct Moments {
  int norm = 0;
  ValueId y = kNone;
  bool operator==(const Moments&) const = default;
};
/// Per channel, over the batch: sum of g, sum of g*(y - mean).
struct Reduce {
  int norm = 0;
  ValueId g = kNone, y = kNone;
  bool operator==(const Reduce&) const = default;
};
/// The gradient of one coefficient of a sum: the sum of g*x over the batch.
struct Weigh {
  int sum = 0;
  int input = 0;
  ValueId g = kNone, x = kNone;
  bool operator==(const Weigh&) const = default;
};
using Step = std::variant<Combine, Convolve, ConvolveBack, Average, Maximum, MaximumBack, Move, Drop, GlobalAverage,
                          Multiply, MultiplyBack, Moments, Reduce, Weigh>;

/// The values that a step reads, and those that it writes; never kNone.
struct Touched {
  std::vector<ValueId> reads, writes;
};

Touched touched(const Step& step);

}  // namespace tse::plan
