#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "contestants.h"
#include "cpu/onednn.h"
#include "request.h"
#include "tse/base/error.h"

namespace tse::bench {
namespace {

using cpu::ConvolutionShape;
using Clock = std::chrono::steady_clock;
namespace onednn = cpu::onednn;
using onednn::Memory;

constexpr std::size_t kCopied = std::size_t{64} << 20;  // bytes; larger than caches

/// Runs of the work per second: the best of some stretches of equal length.
double best_rate(const std::function<void()>& work, double seconds) {
  constexpr int kStretches = 3;
  work();
  double best = 0;
  for (int stretch = 0; stretch < kStretches; ++stretch) {
    const Clock::time_point start = Clock::now();
    double elapsed = 0;
    int runs = 0;
    while (elapsed < seconds / kStretches) {
      work();
      ++runs;
      elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    }
    best = std::max(best, runs / elapsed);
  }
  return best;
}

double copy_rate(double seconds) {
  const std::vector<char> from(kCopied, 1);
  std::vector<char> to(kCopied);
  const auto copy = [&] { std::memcpy(to.data(), from.data(), kCopied); };
  return 2 * static_cast<double>(kCopied) * best_rate(copy, seconds);
}

ConvolutionShape shape_of(const Json& object) {
  const auto number = [&](const char* key) { return member<int>(object, key, "request"); };
  ConvolutionShape shape{.in = number("in"),
                         .height = number("height"),
                         .width = number("width"),
                         .out = number("out"),
                         .kernel = number("kernel"),
                         .stride = number("stride"),
                         .padding = number("padding"),
                         .dilation = number("dilation"),
                         .groups = number("groups")};
  const int reach = shape.dilation * (shape.kernel - 1);
  const auto reduced = [&](int size) { return (size + 2 * shape.padding - reach - 1) / shape.stride + 1; };
  shape.out_height = reduced(shape.height);
  shape.out_width = reduced(shape.width);
  return shape;
}

/// A primitive with memory of its own for each argument.
std::function<void()> on_own_memory(const dnnl::primitive& primitive,
                                    const std::vector<std::pair<int, Memory::desc>>& arguments) {
  std::unordered_map<int, Memory> memories;
  for (const auto& [argument, desc] : arguments) {
    const Memory memory(desc, onednn::engine());
    if (desc.get_size() > 0) std::memset(memory.get_data_handle(), 0, desc.get_size());
    memories.emplace(argument, memory);
  }
  return [primitive, memories] { primitive.execute(onednn::stream(), memories); };
}

std::function<void()> work_of(const onednn::Descriptions& all, const ConvolutionShape& shape,
                              const std::string& direction) {
  const auto forward = all.forward(dnnl::prop_kind::forward_training);
  if (direction == "forward") {
    return on_own_memory(dnnl::convolution_forward(forward), {{DNNL_ARG_SRC, forward.src_desc()},
                                                              {DNNL_ARG_WEIGHTS, forward.weights_desc()},
                                                              {DNNL_ARG_DST, forward.dst_desc()},
                                                              {DNNL_ARG_SCRATCHPAD, forward.scratchpad_desc()}});
  }
  if (direction == "backward_data") {
    const auto data = all.backward_data(forward);
    return on_own_memory(dnnl::convolution_backward_data(data), {{DNNL_ARG_DIFF_SRC, data.diff_src_desc()},
                                                                 {DNNL_ARG_WEIGHTS, data.weights_desc()},
                                                                 {DNNL_ARG_DIFF_DST, data.diff_dst_desc()},
                                                                 {DNNL_ARG_SCRATCHPAD, data.scratchpad_desc()}});
  }
  const auto weights = all.backward_weights(forward, onednn::describe_gradient(shape));
  return on_own_memory(dnnl::convolution_backward_weights(weights),
                       {{DNNL_ARG_SRC, weights.src_desc()},
                        {DNNL_ARG_DIFF_WEIGHTS, weights.diff_weights_desc()},
                        {DNNL_ARG_DIFF_DST, weights.diff_dst_desc()},
                        {DNNL_ARG_SCRATCHPAD, weights.scratchpad_desc()}});
}

/// The best over layouts and numbers of images: what the memory between core and cache slows least. That of fp32 for
/// bf16 too where oneDNN has no bf16: those convolutions are computed in fp32 here.
double convolution_rate(const ConvolutionShape& shape, const std::string& direction, const std::string& precision,
                        double seconds) {
  const onednn::Type type = precision == "bf16" && onednn::convolves_bf16() ? onednn::Type::bf16 : onednn::Type::f32;
  const double operations = 2.0 * shape.in / shape.groups * shape.out * shape.kernel * shape.kernel * shape.out_height *
                            shape.out_width;  // of one image
  double best = 0;
  for (const onednn::Tag layout : {onednn::Tag::nhwc, onednn::Tag::any}) {
    for (const int images : {4, 16}) {
      const auto work = work_of(onednn::describe(shape, images, type, layout), shape, direction);
      best = std::max(best, operations * images * best_rate(work, seconds / 4));
    }
  }
  return best;
}

}  // namespace

void measure_machine() {
  torch::set_num_threads(1);  // oneDNN's too
  answer({{"ready", true}});
  while (const auto request = next_request()) {
    const auto seconds = member<double>(*request, "seconds", "request");
    const double rate = request->contains("copy")
                            ? copy_rate(seconds)
                            : convolution_rate(shape_of(request->at("convolution")),
                                               member<std::string>(*request, "direction", "request"),
                                               member<std::string>(*request, "precision", "request"), seconds);
    answer({{"rate", rate}});
  }
}

}  // namespace tse::bench
