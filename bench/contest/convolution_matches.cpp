#include <fmt/format.h>

#include <memory>

#include "cpu/convolution.h"
#include "match_list.h"

namespace tse::bench {
namespace {

using torch::Tensor;

/// A convolution that keeps the shape; or the gradients of its input and of its weights.
struct Layer {
  Shape shape;
  int batch = 128;
  int kernel = 3;
  bool gradient = false;

  Tensor input() const { return sample(shape, batch, 1); }
  Tensor weight() const { return sample({shape.channels, shape.channels, kernel, kernel}, 2); }
  Tensor output_gradient() const { return sample(shape, batch, 3); }

  double operations() const {  // of one direction, two for each multiply-add
    return 2.0 * batch * static_cast<double>(shape.elements()) * shape.channels * kernel * kernel;
  }
};

class PlainConvolution : public Side {
 public:
  PlainConvolution(const Layer& layer, const PlainForm& form)
      : layer_(layer),
        input_(in_form(layer.input(), form).requires_grad_()),
        weight_(in_form(layer.weight(), form).requires_grad_()),
        output_gradient_(in_form(layer.output_gradient(), form)) {
    output_ = forward();
  }

  void run() override {
    if (layer_.gradient) {
      gradients_ = torch::autograd::grad({output_}, {input_, weight_}, {output_gradient_}, /*retain_graph=*/true);
    } else {
      output_ = forward();
    }
  }

  std::vector<Tensor> results() const override {
    if (!layer_.gradient) return {as_double(output_)};
    return {as_double(gradients_[0]), as_double(gradients_[1])};
  }

 private:
  Tensor forward() const { return torch::conv2d(input_, weight_, {}, 1, layer_.kernel / 2); }

  Layer layer_;
  Tensor input_, weight_, output_gradient_, output_;
  std::vector<Tensor> gradients_;
};

class FusedConvolution : public Side {
 public:
  FusedConvolution(const Layer& layer, cpu::Storage storage)
      : layer_(layer),
        blocks_(layer.batch, layer.shape, storage),
        convolution_({.in = layer.shape.channels,
                      .height = layer.shape.height,
                      .width = layer.shape.width,
                      .out = layer.shape.channels,
                      .out_height = layer.shape.height,
                      .out_width = layer.shape.width,
                      .kernel = layer.kernel,
                      .stride = 1,
                      .padding = layer.kernel / 2},
                     storage, /*input_gradient=*/true, /*lanes=*/1),
        weight_(stored(layer.weight(), cpu::Storage::fp32)),
        weight_gradient_(torch::zeros_like(weight_)),
        input_(stored(layer.input(), storage)),
        output_(room_for(layer.shape, layer.batch, storage)),
        input_gradient_(room_for(layer.shape, layer.batch, storage)),
        output_gradient_(stored(layer.output_gradient(), storage)) {
    blocks_.each([&](int /*block*/, int /*first*/, int images) { convolution_.prepare(images, /*training=*/true); });
  }

  void run() override {
    convolution_.begin(weight_.data_ptr<float>());  // takes the weights: libtorch does it in every call too
    blocks_.each([&](int /*block*/, int first, int images) {
      void* const x = image_of(input_, first);
      if (layer_.gradient) {
        convolution_.backward(0, images, x, image_of(output_gradient_, first), image_of(input_gradient_, first));
      } else {
        convolution_.forward(0, images, x, image_of(output_, first));
      }
    });
    if (layer_.gradient) convolution_.finish(weight_gradient_.data_ptr<float>());
  }

  std::vector<Tensor> results() const override {
    if (!layer_.gradient) return {as_double(output_)};
    return {as_double(input_gradient_), as_double(weight_gradient_)};
  }

 private:
  Layer layer_;
  Blocks blocks_;
  cpu::Convolution convolution_;
  Tensor weight_, weight_gradient_, input_, output_, input_gradient_, output_gradient_;
};

}  // namespace

void add_convolution_matches(int batch, std::vector<Match>& list) {
  for (const int kernel : {3, 1}) {
    for (const bool gradient : {false, true}) {
      for (const Shape& shape : stage_shapes()) {
        const Layer layer{.shape = shape, .batch = batch, .kernel = kernel, .gradient = gradient};
        const double work = (gradient ? 2 : 1) * layer.operations() / 1e9;
        list.push_back(
            {.op = fmt::format("{}{}x{} convolution", gradient ? "gradients of the " : "", kernel, kernel),
             .on = size_text(shape),
             .unit = "GFLOP/s",
             .work = [work](cpu::Storage) { return work; },
             .fused = [layer](cpu::Storage storage) { return std::make_unique<FusedConvolution>(layer, storage); },
             .plain = [layer](const PlainForm& form) { return std::make_unique<PlainConvolution>(layer, form); }});
      }
    }
  }
}

}  // namespace tse::bench
