#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <oneapi/dnnl/dnnl.hpp>

#include "convolution.h"

namespace tse::cpu::onednn {

using Memory = dnnl::memory;
using Tag = Memory::format_tag;
using Type = Memory::data_type;

inline const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

inline dnnl::stream& stream() {
  static thread_local dnnl::stream stream(engine());
  return stream;
}

/// Primitives take their scratch memory from the caller. oneDNN's own belongs to the thread that made the primitive,
/// and is shared by all threads that run it.
inline const dnnl::primitive_attr& callers_scratch() {
  static const dnnl::primitive_attr attributes = [] {
    dnnl::primitive_attr made;
    made.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return made;
  }();
  return attributes;
}

/// This thread's scratch memory, for one call of a primitive.
inline void* scratch(std::size_t size) {
  constexpr std::align_val_t kLine{64};
  struct Freed {
    void operator()(void* memory) const { ::operator delete(memory, kLine); }
  };
  static thread_local std::unique_ptr<void, Freed> memory;
  static thread_local std::size_t has = 0;
  if (size > has) {
    memory.reset(::operator new(size, kLine));
    has = size;
  }
  return memory.get();
}

/// A convolution, forward and backward. oneDNN 2 and 3 make the same primitives by different constructors.
struct Descriptions {
  Memory::desc x, w, y;
  Memory::desc bias;                        // empty: none
  Memory::dims strides, dilation, padding;  // two numbers each; a dilation of 0 leaves no gaps

#if DNNL_VERSION_MAJOR >= 3
  dnnl::convolution_forward::primitive_desc forward(dnnl::prop_kind kind) const {
    return {
        engine(),         kind, dnnl::algorithm::convolution_direct, x, w, bias, y, strides, dilation, padding, padding,
        callers_scratch()};
  }
  dnnl::convolution_backward_data::primitive_desc backward_data(
      const dnnl::convolution_forward::primitive_desc& hint) const {
    return {engine(),         dnnl::algorithm::convolution_direct, x, w, y, strides, dilation, padding, padding, hint,
            callers_scratch()};
  }
  dnnl::convolution_backward_weights::primitive_desc backward_weights(
      const dnnl::convolution_forward::primitive_desc& hint, const Memory::desc& gradient) const {
    return {engine(), dnnl::algorithm::convolution_direct,
            x,        gradient,
            bias,     y,
            strides,  dilation,
            padding,  padding,
            hint,     callers_scratch()};
  }
#else
  dnnl::convolution_forward::primitive_desc forward(dnnl::prop_kind kind) const {
    return {{kind, dnnl::algorithm::convolution_direct, x, w, bias, y, strides, dilation, padding, padding},
            callers_scratch(),
            engine()};
  }
  dnnl::convolution_backward_data::primitive_desc backward_data(
      const dnnl::convolution_forward::primitive_desc& hint) const {
    return {{dnnl::algorithm::convolution_direct, x, w, y, strides, dilation, padding, padding},
            callers_scratch(),
            engine(),
            hint};
  }
  dnnl::convolution_backward_weights::primitive_desc backward_weights(
      const dnnl::convolution_forward::primitive_desc& hint, const Memory::desc& gradient) const {
    return {{dnnl::algorithm::convolution_direct, x, gradient, bias, y, strides, dilation, padding, padding},
            callers_scratch(),
            engine(),
            hint};
  }
#endif
};

/// (out, in, kernel, kernel), or with groups before, and out and in those of one group.
inline Memory::dims weight_dims(const ConvolutionShape& shape) {
  if (shape.groups == 1) return {shape.out, shape.in, shape.kernel, shape.kernel};
  return {shape.groups, shape.out / shape.groups, shape.in / shape.groups, shape.kernel, shape.kernel};
}

/// Of so many images, activations laid out as told, weights as oneDNN likes them.
inline Descriptions describe(const ConvolutionShape& shape, int images, Type type, Tag layout) {
  return {.x = {Memory::dims{images, shape.in, shape.height, shape.width}, type, layout},
          .w = {weight_dims(shape), type, Tag::any},
          .y = {Memory::dims{images, shape.out, shape.out_height, shape.out_width}, type, layout},
          .bias = shape.bias ? Memory::desc({shape.out}, Type::f32, Tag::x) : Memory::desc(),
          .strides = {shape.stride, shape.stride},
          .dilation = {shape.dilation - 1, shape.dilation - 1},
          .padding = {shape.padding, shape.padding}};
}

/// Of a gradient, whose sum is kept in fp32, as oneDNN likes it.
inline Memory::desc describe_gradient(const ConvolutionShape& shape) {
  return {weight_dims(shape), Type::f32, Tag::any};
}

/// Whether oneDNN convolves bf16 on this CPU, forward and backward: release 2 does with AVX-512 alone.
inline bool convolves_bf16() {
  static const bool can = [] {
    const ConvolutionShape shape{.in = 16,
                                 .height = 8,
                                 .width = 8,
                                 .out = 16,
                                 .out_height = 8,
                                 .out_width = 8,
                                 .kernel = 3,
                                 .stride = 1,
                                 .padding = 1};
    const Descriptions all = describe(shape, 1, Type::bf16, Tag::nhwc);
    try {
      const auto forward = all.forward(dnnl::prop_kind::forward_training);
      (void)all.backward_weights(forward, describe_gradient(shape));
      (void)all.backward_data(forward);
    } catch (const dnnl::error& error) {
      if (error.status == dnnl_unimplemented) return false;
      throw;
    }
    return true;
  }();
  return can;
}

/// Of weights in the order (out, height, width, in of one group), in fp32.
inline Memory::desc describe_plain_weights(const ConvolutionShape& shape) {
  const Memory::dim in = shape.in / shape.groups;
  const Memory::dim out = shape.out / shape.groups;
  const Memory::dim row = shape.kernel * in;
  const Memory::dim filter = shape.kernel * row;
  Memory::dims strides = {filter, 1, row, in};
  if (shape.groups > 1) strides.insert(strides.begin(), out * filter);
  return {weight_dims(shape), Type::f32, strides};
}

}  // namespace tse::cpu::onednn
