#include "infer.h"

#include <algorithm>
#include <cmath>

#include "tse/base/error.h"

namespace tse {
namespace {

/// One rule per op.
struct Infer {
  const std::vector<Shape>& in;
  const std::string& place;

  const Shape& single() const {
    if (in.size() != 1) throw UsageError(place, "expected 1 input; got {}", in.size());
    return in[0];
  }
  void expect_some() const {
    if (in.empty()) throw UsageError(place, "expected at least one input; got none");
  }
  void expect(bool right, const char* what, const Op& op) const {
    if (!right) throw UsageError(place, "expected {}; got {}", what, attributes(op));
  }
  void expect_divisible(int channels, int groups) const {
    if (channels % groups != 0)
      throw UsageError(place, "expected channels that {} groups divide; got {}", groups, channels);
  }

  /// Side of the output of a window that slides over `size` pixels; `reach` is how many it spans.
  int slide(int size, int reach, int stride, int padding) const {
    const int free = size + 2 * padding - reach;
    if (free < 0) {
      throw UsageError(place, "expected at least {} pixels for a window of {}; got {}", reach - 2 * padding, reach,
                       size);
    }
    return free / stride + 1;
  }

  template <class Pool>
  Shape pooled(const Pool& pool) const {
    const Shape& from = single();
    // else a window may lie in the padding alone
    expect(pool.kernel >= 1 && pool.stride >= 1 && pool.padding >= 0 && pool.padding <= pool.kernel / 2,
           "a positive kernel and stride and a padding of at most half the kernel", pool);
    return {.channels = from.channels,
            .height = slide(from.height, pool.kernel, pool.stride, pool.padding),
            .width = slide(from.width, pool.kernel, pool.stride, pool.padding)};
  }

  template <class Drop>
  Shape dropped(const Drop& drop) const {
    expect(drop.rate >= 0 && drop.rate < 1, "a rate in [0, 1)", drop);
    return single();
  }

  Shape operator()(const op::Input&) const { throw UsageError(place, "an input is added with add_input"); }
  Shape operator()(const op::Conv2d& conv) const {
    const Shape& from = single();
    expect(conv.out >= 1 && conv.kernel >= 1 && conv.stride >= 1 && conv.padding >= 0 && conv.dilation >= 1 &&
               conv.groups >= 1,
           "positive attributes", conv);
    expect_divisible(from.channels, conv.groups);
    expect_divisible(conv.out, conv.groups);
    const int reach = conv.dilation * (conv.kernel - 1) + 1;
    return {.channels = conv.out,
            .height = slide(from.height, reach, conv.stride, conv.padding),
            .width = slide(from.width, reach, conv.stride, conv.padding)};
  }
  Shape operator()(const op::AvgPool& pool) const { return pooled(pool); }
  Shape operator()(const op::MaxPool& pool) const { return pooled(pool); }
  Shape operator()(const op::GlobalAvgPool&) const { return {.channels = single().channels, .height = 1, .width = 1}; }
  Shape operator()(const op::Linear& linear) const {
    const Shape& from = single();
    expect(linear.out >= 1, "positive attributes", linear);
    if (from.height != 1 || from.width != 1) throw UsageError(place, "expected (C,1,1); got {}", to_text(from));
    return {.channels = linear.out, .height = 1, .width = 1};
  }
  Shape operator()(const op::Sum& sum) const {
    expect_some();
    for (const Shape& shape : in) {
      if (shape != in[0])
        throw UsageError(place, "expected inputs of one shape; got {} and {}", to_text(in[0]), to_text(shape));
    }
    const std::size_t constants = sum.coefficients == op::Sum::Coefficients::constant ? in.size() : 0;
    if (sum.constants.size() != constants) {
      throw UsageError(place, "expected {} constants for {} inputs; got {}", constants, in.size(),
                       sum.constants.size());
    }
    expect(std::ranges::all_of(sum.constants, [](double c) { return std::isfinite(c); }), "finite constants", sum);
    const bool named = sum.coefficients == op::Sum::Coefficients::architecture;
    if (sum.architecture.empty() == named) {
      throw UsageError(place, "expected {} of architecture weights; got '{}'", named ? "the name" : "no name",
                       sum.architecture);
    }
    return in[0];
  }
  Shape operator()(const op::Concat&) const {
    expect_some();
    Shape all = in[0];
    all.channels = 0;
    for (const Shape& shape : in) {
      if (shape.height != all.height || shape.width != all.width) {
        throw UsageError(place, "expected inputs of one height and width; got {} and {}", to_text(in[0]),
                         to_text(shape));
      }
      all.channels += shape.channels;
    }
    return all;
  }
  Shape operator()(const op::Slice& slice) const {
    Shape shape = single();
    if (slice.first < 0 || slice.count < 1 || slice.count > shape.channels - slice.first) {
      throw UsageError(place, "expected some of the {} channels; got {}", shape.channels, attributes(slice));
    }
    shape.channels = slice.count;
    return shape;
  }
  Shape operator()(const op::Shuffle& shuffle) const {
    expect(shuffle.groups >= 1, "positive attributes", shuffle);
    expect_divisible(single().channels, shuffle.groups);
    return single();
  }
  Shape operator()(const op::DropPath& drop) const { return dropped(drop); }
  Shape operator()(const op::Dropout& drop) const { return dropped(drop); }
  Shape operator()(const auto&) const { return single(); }
};

}  // namespace

Shape infer_shape(const Op& op, const std::vector<Shape>& inputs, const std::string& place) {
  return std::visit(Infer{inputs, place}, op);
}

}  // namespace tse
