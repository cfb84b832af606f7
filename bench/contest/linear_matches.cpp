#include <fmt/format.h>

#include <memory>

#include "cpu/linear.h"
#include "match_list.h"

namespace tse::bench {
namespace {

using torch::Tensor;

/// The classifier at the end of a network; or the gradients of its input, weights and biases.
struct Layer {
  int in = 64;
  int out = 10;
  int batch = 128;
  bool gradient = false;

  Tensor input() const { return sample({batch, in}, 1); }
  Tensor weight() const { return sample({out, in}, 2); }
  Tensor bias() const { return sample({out}, 3); }
  Tensor output_gradient() const { return sample({batch, out}, 4); }
};

class PlainLinear : public Side {
 public:
  PlainLinear(const Layer& layer, const PlainForm& form)
      : gradient_(layer.gradient), output_gradient_(in_form(layer.output_gradient(), form)) {
    for (const Tensor& values : {layer.input(), layer.weight(), layer.bias()}) {
      learned_.push_back(in_form(values, form).requires_grad_());
    }
    output_ = forward();
  }

  void run() override {
    if (gradient_) {
      gradients_ = torch::autograd::grad({output_}, learned_, {output_gradient_}, /*retain_graph=*/true);
    } else {
      output_ = forward();
    }
  }

  std::vector<Tensor> results() const override {
    if (!gradient_) return {as_double(output_)};
    return {as_double(gradients_[0]), as_double(gradients_[1]), as_double(gradients_[2])};
  }

 private:
  Tensor forward() const { return torch::linear(learned_[0], learned_[1], learned_[2]); }

  bool gradient_;
  Tensor output_gradient_, output_;
  std::vector<Tensor> learned_, gradients_;  // input, weights, biases
};

class FusedLinear : public Side {
 public:
  explicit FusedLinear(const Layer& layer)
      : gradient_(layer.gradient),
        // of the pass that ends a network, where the last stage's activations are the largest tensor
        blocks_(layer.batch, stage_shapes().back(), cpu::Storage::fp32),
        linear_(layer.in, layer.out, /*lanes=*/1),
        input_(layer.input()),
        weight_(layer.weight()),
        bias_(layer.bias()),
        output_(torch::zeros({layer.batch, layer.out})),
        output_gradient_(layer.output_gradient()),
        input_gradient_(torch::zeros_like(input_)),
        weight_gradient_(torch::zeros_like(weight_)),
        bias_gradient_(torch::zeros_like(bias_)) {}

  void run() override {
    linear_.begin(weight_.data_ptr<float>(), bias_.data_ptr<float>());
    blocks_.each([&](int /*block*/, int first, int images) {
      const auto at = [first](const Tensor& tensor) { return static_cast<float*>(image_of(tensor, first)); };
      if (gradient_) {
        linear_.backward(0, images, at(input_), at(output_gradient_), at(input_gradient_));
      } else {
        linear_.forward(images, at(input_), at(output_));
      }
    });
    if (gradient_) linear_.finish(weight_gradient_.data_ptr<float>(), bias_gradient_.data_ptr<float>());
  }

  std::vector<Tensor> results() const override {
    if (!gradient_) return {as_double(output_)};
    return {as_double(input_gradient_), as_double(weight_gradient_), as_double(bias_gradient_)};
  }

 private:
  bool gradient_;
  Blocks blocks_;
  cpu::Linear linear_;
  Tensor input_, weight_, bias_, output_, output_gradient_, input_gradient_, weight_gradient_, bias_gradient_;
};

}  // namespace

void add_linear_matches(int batch, std::vector<Match>& list) {
  for (const bool gradient : {false, true}) {
    const Layer layer{.batch = batch, .gradient = gradient};
    const double work = (gradient ? 2 : 1) * 2.0 * batch * layer.in * layer.out / 1e9;
    list.push_back({.op = gradient ? "gradients of the linear layer" : "linear layer",
                    .on = fmt::format("{} to {}", layer.in, layer.out),
                    .unit = "GFLOP/s",
                    .work = [work](cpu::Storage) { return work; },
                    .in_bf16 = false,
                    .fused = [layer](cpu::Storage) { return std::make_unique<FusedLinear>(layer); },
                    .plain = [layer](const PlainForm& form) { return std::make_unique<PlainLinear>(layer, form); },
                    .in_layouts = false});
  }
}

}  // namespace tse::bench
