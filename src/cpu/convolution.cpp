#include "convolution.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "depthwise.h"
#include "onednn.h"
#include "tse/base/error.h"
#include "weight_form.h"

namespace tse::cpu {
namespace {

using onednn::convolves_bf16;
using onednn::describe;
using onednn::describe_gradient;
using onednn::describe_plain_weights;
using onednn::Descriptions;
using onednn::engine;
using onednn::Memory;
using onednn::stream;
using onednn::Tag;
using onednn::Type;

/// A primitive with the memories it runs on, one set per lane, whose data is set at each call.
struct Lanes {
  std::vector<std::unordered_map<int, Memory>> arguments;

  void add(int count, int argument, const Memory::desc& desc, bool own) {
    arguments.resize(static_cast<std::size_t>(count));
    for (auto& lane : arguments) lane.emplace(argument, own ? Memory(desc, engine()) : Memory(desc, engine(), nullptr));
  }
  std::unordered_map<int, Memory>& of(int lane) { return arguments[static_cast<std::size_t>(lane)]; }
};

void set(std::unordered_map<int, Memory>& arguments, int argument, const void* data) {
  arguments.at(argument).set_data_handle(const_cast<void*>(data));
}

void run(const dnnl::primitive& primitive, std::unordered_map<int, Memory>& arguments) {
  set(arguments, DNNL_ARG_SCRATCHPAD, onednn::scratch(arguments.at(DNNL_ARG_SCRATCHPAD).get_desc().get_size()));
  primitive.execute(stream(), arguments);
}

/// Values of one side of a convolution, which oneDNN reads and writes as fp32 where it has no bf16.
class Side {
 public:
  /// Makes room for so many values, for oneDNN to write.
  float* room(std::size_t count) {
    if (values_.size() < count) values_.resize(count);
    return values_.data();
  }
  const float* widened(const void* from, std::size_t count) {
    load_values(Storage::bf16, from, count, room(count));
    return values_.data();
  }
  void narrow(std::size_t count, void* to) const { store_values(Storage::bf16, values_.data(), count, to); }

 private:
  std::vector<float> values_;
};

}  // namespace

struct Convolution::Parts {
  /// Everything for one number of images.
  struct Sized {
    dnnl::primitive forward, backward_data, backward_weights;
    Lanes forward_lanes, data_lanes, weights_lanes;
    std::vector<std::pair<Memory, WeightForm>> weights;  // in the forms that the primitives read
    std::vector<Memory> sums;  // of the weights' gradient, by lane, in the form that the primitive writes
    std::vector<std::vector<float>> bias_sums;  // of the bias's, by lane
    WeightForm collect;                         // from there to the plain form
    bool training = false;
    bool active = true;  // prepared since it last rested

    static float* values(const Memory& memory) { return static_cast<float*>(memory.get_data_handle()); }
    static std::size_t count(const Memory& memory) { return memory.get_desc().get_size() / sizeof(float); }
  };

  ConvolutionShape shape;
  Storage storage;
  bool input_gradient;
  int lanes;
  Memory plain_weights;      // on the caller's data
  Memory bias;               // on the caller's data, where there is one
  std::vector<float> spare;  // a gradient in the plain form
  std::map<int, Sized> sizes;
  std::string names;
  std::optional<Depthwise> depthwise = {};  // instead of all that is oneDNN's
  bool widens = false;                      // bf16 that oneDNN convolves as fp32
  std::vector<std::array<Side, 2>> sides;   // by lane, where it widens: of x or its gradient, and of y's

  std::size_t x_count(int images) const {
    return static_cast<std::size_t>(images) * static_cast<std::size_t>(shape.in * shape.height * shape.width);
  }
  std::size_t y_count(int images) const {
    return static_cast<std::size_t>(images) * static_cast<std::size_t>(shape.out * shape.out_height * shape.out_width);
  }

  Memory::desc plain() const { return describe_plain_weights(shape); }

  Memory own_weights(Sized& sized, const Memory::desc& desc) {
    for (const auto& [memory, form] : sized.weights) {
      if (memory.get_desc() == desc) return memory;
    }
    const Memory memory(desc, engine());
    std::memset(memory.get_data_handle(), 0, desc.get_size());  // filters that fill a block up are no weights
    sized.weights.emplace_back(memory, WeightForm(plain_weights, memory));
    return memory;
  }

  void forward(int lane, int images, const void* x, void* y);
  void backward(int lane, int images, const void* x, const void* dy, void* dx);

  void prepare(int images, bool training) {
    Sized& sized = sizes[images];
    sized.active = true;
    if (sized.forward && (sized.training || !training)) return;
    sized = {};
    sized.training = training;
    const Type type = storage == Storage::bf16 && !widens ? Type::bf16 : Type::f32;
    const Descriptions all = describe(shape, images, type, Tag::nhwc);
    const auto forward = all.forward(training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference);
    sized.forward = dnnl::convolution_forward(forward);
    sized.forward_lanes.add(lanes, DNNL_ARG_SRC, all.x, false);
    sized.forward_lanes.add(lanes, DNNL_ARG_DST, all.y, false);
    sized.forward_lanes.add(lanes, DNNL_ARG_SCRATCHPAD, forward.scratchpad_desc(), false);
    const Memory forward_weights = own_weights(sized, forward.weights_desc());
    for (auto& lane : sized.forward_lanes.arguments) {
      lane.emplace(DNNL_ARG_WEIGHTS, forward_weights);
      if (shape.bias) lane.emplace(DNNL_ARG_BIAS, bias);
    }
    names = forward.impl_info_str();
    if (!training) return;

    const auto weights = all.backward_weights(forward, describe_gradient(shape));
    sized.backward_weights = dnnl::convolution_backward_weights(weights);
    const Memory::desc gradient = weights.diff_weights_desc();
    sized.weights_lanes.add(lanes, DNNL_ARG_SRC, all.x, false);
    sized.weights_lanes.add(lanes, DNNL_ARG_DIFF_DST, all.y, false);
    sized.weights_lanes.add(lanes, DNNL_ARG_DIFF_WEIGHTS, gradient, true);
    sized.weights_lanes.add(lanes, DNNL_ARG_SCRATCHPAD, weights.scratchpad_desc(), false);
    for (int lane = 0; lane < lanes; ++lane) sized.sums.emplace_back(gradient, engine());
    if (shape.bias) {
      sized.weights_lanes.add(lanes, DNNL_ARG_DIFF_BIAS, all.bias, true);
      sized.bias_sums.assign(static_cast<std::size_t>(lanes), std::vector<float>(static_cast<std::size_t>(shape.out)));
    }
    sized.collect = WeightForm(sized.sums[0], plain_weights);
    names += fmt::format(", {}", weights.impl_info_str());
    if (!input_gradient) return;

    const auto data = all.backward_data(forward);
    sized.backward_data = dnnl::convolution_backward_data(data);
    sized.data_lanes.add(lanes, DNNL_ARG_DIFF_SRC, all.x, false);
    sized.data_lanes.add(lanes, DNNL_ARG_DIFF_DST, all.y, false);
    sized.data_lanes.add(lanes, DNNL_ARG_SCRATCHPAD, data.scratchpad_desc(), false);
    const Memory data_weights = own_weights(sized, data.weights_desc());
    for (auto& lane : sized.data_lanes.arguments) lane.emplace(DNNL_ARG_WEIGHTS, data_weights);
    names += fmt::format(", {}", data.impl_info_str());
  }
};

Convolution::Convolution(const ConvolutionShape& shape, Storage storage, bool input_gradient, int lanes)
    : parts_(
          std::make_unique<Parts>(Parts{.shape = shape,
                                        .storage = storage,
                                        .input_gradient = input_gradient,
                                        .lanes = lanes,
                                        .plain_weights = {},
                                        .bias = {},
                                        .spare = {},
                                        .sizes = {},
                                        .names = {},
                                        .widens = storage == Storage::bf16 && !is_depthwise(shape) && !convolves_bf16(),
                                        .sides = {}})) {
  if (is_depthwise(shape)) {
    parts_->depthwise.emplace(shape, storage, lanes);
    parts_->names = "depthwise";
    return;
  }
  if (parts_->widens) parts_->sides.resize(static_cast<std::size_t>(lanes));
  parts_->plain_weights = Memory(parts_->plain(), engine(), nullptr);
  if (shape.bias) parts_->bias = Memory({{shape.out}, Type::f32, Tag::x}, engine(), nullptr);
  parts_->spare.resize(parts_->plain().get_size() / sizeof(float));
}

Convolution::~Convolution() = default;
Convolution::Convolution(Convolution&&) noexcept = default;

void Convolution::prepare(int images, bool training) {
  if (!parts_->depthwise) parts_->prepare(images, training);
}

void Convolution::rest() {
  for (auto& [images, sized] : parts_->sizes) sized.active = false;
}

void Convolution::begin(const float* weights, const float* bias) {
  if (parts_->depthwise) return parts_->depthwise->begin(weights);
  parts_->plain_weights.set_data_handle(const_cast<float*>(weights));
  if (parts_->shape.bias) parts_->bias.set_data_handle(const_cast<float*>(bias));
  for (auto& [images, sized] : parts_->sizes) {
    if (!sized.active) continue;
    for (const auto& [memory, form] : sized.weights) form.copy(parts_->plain_weights, memory);
    for (const Memory& sum : sized.sums) std::fill_n(sized.values(sum), sized.count(sum), 0.0F);
    for (std::vector<float>& sum : sized.bias_sums) std::ranges::fill(sum, 0.0F);
  }
}

void Convolution::forward(int lane, int images, const void* x, void* y) {
  if (parts_->depthwise) return parts_->depthwise->forward(images, x, y);
  if (!parts_->widens) return parts_->forward(lane, images, x, y);
  auto& [in, out] = parts_->sides[static_cast<std::size_t>(lane)];
  const std::size_t count = parts_->y_count(images);
  parts_->forward(lane, images, in.widened(x, parts_->x_count(images)), out.room(count));
  out.narrow(count, y);
}

void Convolution::backward(int lane, int images, const void* x, const void* dy, void* dx) {
  if (parts_->depthwise) return parts_->depthwise->backward(lane, images, x, dy, dx);
  if (!parts_->widens) return parts_->backward(lane, images, x, dy, dx);
  auto& [in, out] = parts_->sides[static_cast<std::size_t>(lane)];
  const std::size_t count = parts_->x_count(images);
  const float* wide = in.widened(x, count);
  // x has been read when its gradient takes its place
  parts_->backward(lane, images, wide, out.widened(dy, parts_->y_count(images)),
                   dx == nullptr ? nullptr : in.room(count));
  if (dx != nullptr) in.narrow(count, dx);
}

void Convolution::Parts::forward(int lane, int images, const void* x, void* y) {
  Sized& sized = sizes.at(images);
  auto& arguments = sized.forward_lanes.of(lane);
  set(arguments, DNNL_ARG_SRC, x);
  set(arguments, DNNL_ARG_DST, y);
  run(sized.forward, arguments);
}

void Convolution::Parts::backward(int lane, int images, const void* x, const void* dy, void* dx) {
  Sized& sized = sizes.at(images);
  auto& weights = sized.weights_lanes.of(lane);
  set(weights, DNNL_ARG_SRC, x);
  set(weights, DNNL_ARG_DIFF_DST, dy);
  run(sized.backward_weights, weights);
  const Memory& sum = sized.sums[static_cast<std::size_t>(lane)];
  accumulate(sized.values(weights.at(DNNL_ARG_DIFF_WEIGHTS)), sized.count(sum), sized.values(sum));
  if (shape.bias) {
    std::vector<float>& bias_sum = sized.bias_sums[static_cast<std::size_t>(lane)];
    accumulate(sized.values(weights.at(DNNL_ARG_DIFF_BIAS)), bias_sum.size(), bias_sum.data());
  }
  if (dx == nullptr) return;
  auto& data = sized.data_lanes.of(lane);
  set(data, DNNL_ARG_DIFF_SRC, dx);
  set(data, DNNL_ARG_DIFF_DST, dy);
  run(sized.backward_data, data);
}

void Convolution::finish(float* gradient, float* bias_gradient) {
  if (parts_->depthwise) return parts_->depthwise->finish(gradient);
  bool first = true;
  for (auto& [images, sized] : parts_->sizes) {
    if (!sized.training || !sized.active) continue;
    const Memory& total = sized.sums[0];
    for (std::size_t lane = 1; lane < sized.sums.size(); ++lane) {
      accumulate(sized.values(sized.sums[lane]), sized.count(total), sized.values(total));
    }
    const Memory plain(parts_->plain(), engine(), first ? static_cast<void*>(gradient) : parts_->spare.data());
    sized.collect.copy(total, plain);
    if (!first) accumulate(parts_->spare.data(), parts_->spare.size(), gradient);
    first = false;
  }
  if (!parts_->shape.bias) return;
  const auto channels = static_cast<std::size_t>(parts_->shape.out);
  std::fill_n(bias_gradient, channels, 0.0F);
  for (const auto& [images, sized] : parts_->sizes) {
    if (!sized.active) continue;
    for (const std::vector<float>& sum : sized.bias_sums) accumulate(sum.data(), channels, bias_gradient);
  }
}

std::string Convolution::implementations() const { return parts_->names; }

}  // namespace tse::cpu
