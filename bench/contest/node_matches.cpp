#include <fmt/format.h>

#include <memory>
#include <utility>

#include "cpu/batch_norm.h"
#include "match_list.h"

namespace tse::bench {
namespace {

using torch::Tensor;

/// The batch norms, in training, of some convolutions' outputs, their sum and its ReLU: a node of a cell. Or the
/// gradients of the outputs, and of the batch norms' weights and biases, from that of the ReLU.
struct Node {
  int terms = 2;
  Shape shape;
  int batch = 128;
  bool gradient = false;

  Tensor output(int term) const {  // of another mean for each
    return rounded(sample(shape, batch, static_cast<std::uint64_t>(term)) + 0.25 * term);
  }
  Tensor weight(int term) const { return sample({shape.channels}, 10 + static_cast<std::uint64_t>(term)); }
  Tensor bias(int term) const { return sample({shape.channels}, 20 + static_cast<std::uint64_t>(term)); }
  Tensor relu_gradient() const { return sample(shape, batch, 30); }
};

class PlainNode : public Side {
 public:
  PlainNode(const Node& node, const PlainForm& form) : gradient_(node.gradient) {
    for (int term = 0; term < node.terms; ++term) {
      outputs_.push_back(in_form(node.output(term), form).requires_grad_());
      weights_.push_back(in_form(node.weight(term), form).requires_grad_());
      biases_.push_back(in_form(node.bias(term), form).requires_grad_());
      means_.push_back(torch::zeros(node.shape.channels, form.type));
      variances_.push_back(torch::ones(node.shape.channels, form.type));
    }
    for (const auto& list : {outputs_, weights_, biases_}) learned_.insert(learned_.end(), list.begin(), list.end());
    relu_gradient_ = in_form(node.relu_gradient(), form);
    if (gradient_) forward();
  }

  void run() override {
    if (!gradient_) return forward();
    gradients_ = torch::autograd::grad({relu_}, learned_, {relu_gradient_}, /*retain_graph=*/true);
  }

  std::vector<Tensor> results() const override {
    std::vector<Tensor> all;
    if (gradient_) {
      for (const Tensor& gradient : gradients_) all.push_back(as_double(gradient));
      return all;
    }
    for (const Tensor& value : {sum_, relu_}) all.push_back(as_double(value));
    for (const auto& list : {means_, variances_}) {
      for (const Tensor& value : list) all.push_back(as_double(value));
    }
    return all;
  }

 private:
  void forward() {
    sum_ = Tensor();
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const Tensor part =
          torch::batch_norm(outputs_[i], weights_[i], biases_[i], means_[i], variances_[i], /*training=*/true,
                            cpu::kBatchNormMomentum, cpu::kBatchNormEps, /*cudnn_enabled=*/false);
      sum_ = sum_.defined() ? sum_ + part : part;
    }
    relu_ = torch::relu(sum_);
  }

  bool gradient_;
  std::vector<Tensor> outputs_, weights_, biases_, means_, variances_, learned_, gradients_;
  Tensor relu_gradient_, sum_, relu_;
};

class FusedNode : public Side {
 public:
  FusedNode(const Node& node, cpu::Storage storage)
      : node_(node), storage_(storage), blocks_(node.batch, node.shape, storage) {
    for (int term = 0; term < node.terms; ++term) {
      terms_.push_back({.norm = cpu::BatchNorm({.name = "norm", .shape = node.shape}),
                        .output = stored(node.output(term), storage),
                        .output_gradient = room_for(node.shape, node.batch, storage),
                        .weight = node.weight(term),
                        .bias = node.bias(term),
                        .mean = torch::zeros(node.shape.channels),
                        .variance = torch::ones(node.shape.channels),
                        .weight_gradient = torch::zeros(node.shape.channels),
                        .bias_gradient = torch::zeros(node.shape.channels)});
    }
    sum_ = room_for(node.shape, node.batch, storage);
    relu_ = room_for(node.shape, node.batch, storage);
    relu_gradient_ = stored(node.relu_gradient(), storage);
    sum_gradient_ = room_for(node.shape, node.batch, storage);
    if (node_.gradient) forward();
  }

  void run() override { node_.gradient ? backward() : forward(); }

  std::vector<Tensor> results() const override {
    std::vector<Tensor> all;
    const auto add = [&](Tensor Term::* member) {
      for (const Term& term : terms_) all.push_back(as_double(term.*member));
    };
    if (node_.gradient) {
      for (const auto member : {&Term::output_gradient, &Term::weight_gradient, &Term::bias_gradient}) add(member);
      return all;
    }
    for (const Tensor& value : {sum_, relu_}) all.push_back(as_double(value));
    for (const auto member : {&Term::mean, &Term::variance}) add(member);
    return all;
  }

 private:
  struct Term {
    cpu::BatchNorm norm;
    Tensor output, output_gradient, weight, bias, mean, variance, weight_gradient, bias_gradient;
  };

  std::size_t values(int images) const { return static_cast<std::size_t>(images * node_.shape.elements()); }

  void combine(std::span<const cpu::Term> list, int images, void* sum, void* relu) const {
    cpu::combine(storage_, list, values(images), cpu::tile_length(node_.shape.channels), sum, relu);
  }

  // the two passes of a node: what reads the convolutions' outputs where they are made, and what reads them once the
  // statistics of the batch are known
  void forward() {
    for (Term& term : terms_) term.norm.begin(blocks_.count());
    blocks_.each([&](int block, int first, int images) {
      for (Term& term : terms_) term.norm.add_moments(block, storage_, image_of(term.output, first), values(images));
    });
    for (Term& term : terms_) {
      term.norm.finish_moments(term.weight.data_ptr<float>(), term.bias.data_ptr<float>(), term.mean.data_ptr<float>(),
                               term.variance.data_ptr<float>());
    }
    blocks_.each([&](int /*block*/, int first, int images) {
      std::vector<cpu::Term> list;
      for (const Term& term : terms_) {
        list.push_back({.x = image_of(term.output, first),
                        .scale = term.norm.tile(cpu::PerChannel::scale),
                        .shift = term.norm.tile(cpu::PerChannel::shift)});
      }
      combine(list, images, image_of(sum_, first), image_of(relu_, first));
    });
  }

  void backward() {
    for (Term& term : terms_) term.norm.begin(blocks_.count());
    blocks_.each([&](int block, int first, int images) {
      void* const gradient = image_of(sum_gradient_, first);
      const cpu::Term masked{.x = image_of(relu_gradient_, first), .mask = image_of(relu_, first)};
      combine({&masked, 1}, images, gradient, nullptr);
      for (Term& term : terms_) {
        term.norm.add_reduction(block, storage_, gradient, image_of(term.output, first), values(images));
      }
    });
    for (Term& term : terms_) {
      term.norm.finish_reduction(term.weight.data_ptr<float>(), term.weight_gradient.data_ptr<float>(),
                                 term.bias_gradient.data_ptr<float>());
    }
    blocks_.each([&](int /*block*/, int first, int images) {
      for (const Term& term : terms_) {
        const cpu::Term list[] = {{.x = image_of(sum_gradient_, first),
                                   .scale = term.norm.tile(cpu::PerChannel::gradient_scale),
                                   .shift = term.norm.tile(cpu::PerChannel::gradient_shift)},
                                  {.x = image_of(term.output, first),
                                   .scale = term.norm.tile(cpu::PerChannel::input_scale),
                                   .shift = term.norm.tile(cpu::PerChannel::zero)}};
        combine(list, images, image_of(term.output_gradient, first), nullptr);
      }
    });
  }

  Node node_;
  cpu::Storage storage_;
  Blocks blocks_;
  std::vector<Term> terms_;
  Tensor sum_, relu_, relu_gradient_, sum_gradient_;
};

}  // namespace

void add_node_matches(int batch, std::vector<Match>& list) {
  for (const bool gradient : {false, true}) {
    for (const int terms : {2, 3}) {
      for (const Shape& shape : stage_shapes()) {
        const Node node{.terms = terms, .shape = shape, .batch = batch, .gradient = gradient};
        // forward: the outputs, sum and ReLU; backward: the ReLU and its gradient, the outputs and theirs
        const auto tensors = static_cast<double>(gradient ? 2 + 2 * terms : terms + 2);
        const double values = tensors * batch * static_cast<double>(shape.elements());
        list.push_back({.op = fmt::format("{} of {} batch norms", gradient ? "gradient of the sum" : "sum", terms),
                        .on = size_text(shape),
                        .unit = "GB/s",
                        .work = [values](cpu::Storage storage) { return gbytes(values, storage); },
                        .fused = [node](cpu::Storage storage) { return std::make_unique<FusedNode>(node, storage); },
                        .plain = [node](const PlainForm& form) { return std::make_unique<PlainNode>(node, form); }});
      }
    }
  }
}

}  // namespace tse::bench
