#include <fmt/format.h>

#include <memory>

#include "match_list.h"

namespace tse::bench {
namespace {

using torch::Tensor;

/// 3x3 average pooling, or the mean over all pixels; or the gradient of the input.
struct Pool {
  Shape shape;
  int batch = 128;
  bool global = false;
  bool gradient = false;

  Tensor input() const { return sample(shape, batch, 1); }
  Tensor output_gradient() const { return global ? sample({batch, shape.channels, 1, 1}, 2) : sample(shape, batch, 2); }
};

class PlainPool : public Side {
 public:
  PlainPool(const Pool& pool, const PlainForm& form)
      : pool_(pool),
        input_(in_form(pool.input(), form).requires_grad_()),
        output_gradient_(in_form(pool.output_gradient(), form)) {
    output_ = forward();
  }

  void run() override {
    if (pool_.gradient) {
      input_gradient_ = torch::autograd::grad({output_}, {input_}, {output_gradient_}, /*retain_graph=*/true)[0];
    } else {
      output_ = forward();
    }
  }

  std::vector<Tensor> results() const override { return {as_double(pool_.gradient ? input_gradient_ : output_)}; }

 private:
  Tensor forward() const {
    if (pool_.global) return torch::adaptive_avg_pool2d(input_, {1, 1});
    return torch::avg_pool2d(input_, 3, 1, 1, /*ceil_mode=*/false, /*count_include_pad=*/false);
  }

  Pool pool_;
  Tensor input_, output_gradient_, output_, input_gradient_;
};

class FusedPool : public Side {
 public:
  FusedPool(const Pool& pool, cpu::Storage storage)
      : pool_(pool),
        storage_(storage),
        blocks_(pool.batch, pool.shape, storage),
        window_{.kernel = 3,
                .stride = 1,
                .padding = 1,
                .channels = pool.shape.channels,
                .height = pool.shape.height,
                .width = pool.shape.width,
                .out_height = pool.shape.height,
                .out_width = pool.shape.width} {
    const cpu::Storage pooled = pool.global ? cpu::Storage::fp32 : storage;
    from_ = pool.gradient ? stored(pool.output_gradient(), pooled) : stored(pool.input(), storage);
    const Shape one{.channels = pool.shape.channels, .height = 1, .width = 1};
    to_ = pool.gradient || !pool.global ? room_for(pool.shape, pool.batch, storage) : room_for(one, pool.batch, pooled);
  }

  void run() override {
    const auto pixels = static_cast<std::size_t>(pool_.shape.height * pool_.shape.width);
    const auto channels = static_cast<std::size_t>(pool_.shape.channels);
    blocks_.each([&](int /*block*/, int first, int images) {
      void* const from = image_of(from_, first);
      void* const to = image_of(to_, first);
      if (!pool_.global) {
        cpu::average(storage_, window_, images, pool_.gradient, from, to);
      } else if (pool_.gradient) {
        cpu::global_average_gradient(storage_, static_cast<float*>(from), images, pixels, channels, to);
      } else {
        cpu::global_average(storage_, from, images, pixels, channels, static_cast<float*>(to));
      }
    });
  }

  std::vector<Tensor> results() const override { return {as_double(to_)}; }

 private:
  Pool pool_;
  cpu::Storage storage_;
  Blocks blocks_;
  cpu::Window window_;
  Tensor from_, to_;
};

}  // namespace

void add_pool_matches(int batch, std::vector<Match>& list) {
  for (const bool global : {false, true}) {
    for (const bool gradient : {false, true}) {
      for (const Shape& shape : stage_shapes()) {
        const Pool pool{.shape = shape, .batch = batch, .global = global, .gradient = gradient};
        const double values = static_cast<double>(batch) * static_cast<double>(shape.elements());
        const double means = static_cast<double>(batch) * shape.channels;
        list.push_back(
            {.op = fmt::format("{}{}", gradient ? "gradient of the " : "", global ? "global mean" : "3x3 mean"),
             .on = size_text(shape),
             .unit = "GB/s",
             .work =
                 [=](cpu::Storage storage) {
                   if (!global) return gbytes(2 * values, storage);
                   return gbytes(values, storage) + gbytes(means, cpu::Storage::fp32);
                 },
             .fused = [pool](cpu::Storage storage) { return std::make_unique<FusedPool>(pool, storage); },
             .plain = [pool](const PlainForm& form) { return std::make_unique<PlainPool>(pool, form); }});
      }
    }
  }
}

}  // namespace tse::bench
