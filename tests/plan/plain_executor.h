#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "plan/plain_loops.h"
#include "tse/plan/arena.h"
#include "tse/plan/plan.h"
#include "tse/space/drop.h"

namespace tse::plan {

/// Tensors by name, as tse/space/op.h gives their shapes.
using PlainTensors = std::map<std::string, std::vector<double>>;

/// What a step's drops are drawn from.
struct PlainDrops {
  std::uint64_t seed = 0;
  double path_scale = 1;
};

/// Walks a plan step by step over the whole batch, in plain loops over float64: slow, and short enough to be believed.
/// It knows nothing of any device. Its values are (N,C,H,W), live in one arena, and are not numbers until a step writes
/// them.
class PlainExecutor {
 public:
  PlainExecutor(Plan plan, int batch, Order order = Order::steps)
      : plan_(std::move(plan)), batch_(batch), norms_(plan_.norms.size()), coefficients_(plan_.sums.size()) {
    const auto bytes = [batch](const Value& value) {
      return static_cast<std::size_t>(value.shape.elements() * batch) * sizeof(double);
    };
    arena_ = allocate(plan_, bytes, 3 * sizeof(double), order);
    memory_.assign(arena_.bytes / sizeof(double), std::numeric_limits<double>::quiet_NaN());
  }

  /// The logits, (N, classes). In training updates the running statistics, which are in `buffers`.
  std::vector<double> forward(const std::vector<double>& images, PlainTensors parameters, PlainTensors& buffers,
                              PlainDrops drops = {}) {
    parameters_ = std::move(parameters);
    drops_ = drops;
    for (std::size_t s = 0; s < plan_.sums.size(); ++s) coefficients_[s] = coefficients(plan_.sums[s]);
    for (std::size_t n = 0; n < plan_.norms.size(); ++n) {
      if (!plan_.training && plan_.norms[n].op.track) use_running(n, buffers);
    }
    std::ranges::copy(images, tensor(plan_.images).data);
    for (const Pass& pass : plan_.forward()) {
      run(pass);
      if (!plan_.training) continue;
      for (const int norm : pass.norms) track(static_cast<std::size_t>(norm), buffers);
    }
    return values(plan_.logits);
  }

  /// Gradients of all that learns, given that of the logits of the last call of forward.
  PlainTensors backward(const std::vector<double>& logits_gradient) {
    gradients_.clear();
    std::ranges::copy(logits_gradient, tensor(plan_.logits_gradient).data);
    for (const Pass& pass : plan_.backward()) run(pass);
    for (std::size_t n = 0; n < plan_.norms.size(); ++n) {
      if (!plan_.norms[n].learns) continue;
      const Norm& norm = norms_[n];
      std::vector<double>& weight = gradient(plan_.norms[n].name + ".weight", norm.r.size());
      for (std::size_t c = 0; c < weight.size(); ++c) weight[c] = norm.sum_gy[c] * norm.r[c];
      gradient(plan_.norms[n].name + ".bias", norm.r.size()) = norm.sum_g;
    }
    return gradients_;
  }

  const Plan& plan() const { return plan_; }

 private:
  struct Norm {
    double count = 0;  // values per channel
    std::vector<double> mean, variance, r, sum_g, sum_gy;
  };

  PlainTensor tensor(ValueId id) {
    const auto index = static_cast<std::size_t>(id);
    return {batch_, plan_.values[index].shape, memory_.data() + arena_.offsets[index] / sizeof(double)};
  }
  std::vector<double> values(ValueId id) {
    const PlainTensor all = tensor(id);
    return {all.data, all.data + all.shape.elements() * batch_};
  }

  std::vector<double>& gradient(const std::string& name, std::size_t size) {
    std::vector<double>& all = gradients_[name];
    all.resize(size);
    return all;
  }

  std::vector<double> coefficients(const PlannedSum& sum) const {
    if (sum.op.coefficients == op::Sum::Coefficients::constant) return sum.op.constants;
    std::vector<double> all = parameters_.at(parameter(sum));
    if (sum.op.coefficients == op::Sum::Coefficients::positive) {
      for (double& c : all) c = 1 / (1 + std::exp(-c));
    }
    return all;
  }

  void use_running(std::size_t n, const PlainTensors& buffers) {
    norms_[n].mean = buffers.at(plan_.norms[n].name + ".running_mean");
    norms_[n].variance = buffers.at(plan_.norms[n].name + ".running_var");
    set_deviation(norms_[n]);
  }
  static void set_deviation(Norm& norm) {
    norm.r.clear();
    for (const double v : norm.variance) norm.r.push_back(1 / std::sqrt(v + static_cast<double>(kBatchNormEps)));
  }
  void track(std::size_t n, PlainTensors& buffers) const {
    if (!plan_.norms[n].op.track) return;
    const Norm& norm = norms_[n];
    std::vector<double>& mean = buffers.at(plan_.norms[n].name + ".running_mean");
    std::vector<double>& variance = buffers.at(plan_.norms[n].name + ".running_var");
    for (std::size_t c = 0; c < mean.size(); ++c) {
      const double unbiased = norm.variance[c] * norm.count / (norm.count - 1);
      mean[c] += static_cast<double>(kBatchNormMomentum) * (norm.mean[c] - mean[c]);
      variance[c] += static_cast<double>(kBatchNormMomentum) * (unbiased - variance[c]);
    }
  }

  /// By the formulas of tse/plan/step.h.
  double per_channel(const Term& term, PerChannel which, int channel) const {
    const auto c = static_cast<std::size_t>(channel);
    const auto n = static_cast<std::size_t>(term.norm);
    const Norm& norm = norms_[n];
    const std::string& name = plan_.norms[n].name;
    const bool affine = plan_.norms[n].op.affine;
    const double factor = (affine ? parameters_.at(name + ".weight")[c] : 1) * norm.r[c];
    const auto input_scale = [&] { return -factor * norm.r[c] * norm.r[c] * norm.sum_gy[c] / norm.count; };
    switch (which) {
      case PerChannel::scale:
      case PerChannel::gradient_scale:
        return factor;
      case PerChannel::shift:
        return (affine ? parameters_.at(name + ".bias")[c] : 0) - norm.mean[c] * factor;
      case PerChannel::gradient_shift:
        return -factor * norm.sum_g[c] / norm.count - norm.mean[c] * input_scale();
      case PerChannel::input_scale:
        return input_scale();
      default:
        return 0;
    }
  }

  void run(const Pass& pass) {
    for (const Step& step : pass.steps) std::visit([this](const auto& s) { take(s); }, step);
  }

  void take(const Combine& step) {
    each(tensor(step.sum == kNone ? step.relu : step.sum), [&](int n, int c, int y, int x) {
      double sum = 0;
      for (const Term& term : step.terms) {
        double value = tensor(term.x).at(n, c, y, x);
        if (term.sum != kNone)
          value *= coefficients_[static_cast<std::size_t>(term.sum)][static_cast<std::size_t>(term.input)];
        if (term.norm != kNone) value = per_channel(term, term.scale, c) * value + per_channel(term, term.shift, c);
        if (term.mask == kNone || tensor(term.mask).at(n, c, y, x) > 0) sum += value;
      }
      if (step.sum != kNone) tensor(step.sum).at(n, c, y, x) = sum;
      if (step.relu != kNone) tensor(step.relu).at(n, c, y, x) = std::max(0.0, sum);
    });
  }

  void take(const Convolve& step) {
    const PlannedConvolution& conv = plan_.convolutions[static_cast<std::size_t>(step.convolution)];
    const double* weight = parameters_.at(conv.name + ".weight").data();
    const PlainTensor in = tensor(step.x);
    const PlainTensor out = tensor(step.y);
    each(out, [&](int n, int c, int y, int x) {
      out.at(n, c, y, x) = conv.op.bias ? parameters_.at(conv.name + ".bias")[static_cast<std::size_t>(c)] : 0;
    });
    each_product(conv.op, in, out, [&](auto w, auto i, auto o) { out.data[o] += weight[w] * in.data[i]; });
  }

  void take(const ConvolveBack& step) {
    const PlannedConvolution& conv = plan_.convolutions[static_cast<std::size_t>(step.convolution)];
    const std::vector<double>& weight = parameters_.at(conv.name + ".weight");
    double* dw = gradient(conv.name + ".weight", weight.size()).data();
    const PlainTensor in = tensor(step.x);
    const PlainTensor dy = tensor(step.dy);
    each_product(conv.op, in, dy, [&](auto w, auto i, auto o) { dw[w] += in.data[i] * dy.data[o]; });
    if (conv.op.bias) {
      std::vector<double>& bias = gradient(conv.name + ".bias", static_cast<std::size_t>(conv.op.out));
      each(dy, [&](int n, int c, int y, int x) { bias[static_cast<std::size_t>(c)] += dy.at(n, c, y, x); });
    }
    if (step.dx == kNone) return;
    const PlainTensor dx = tensor(step.dx);
    clear(dx);
    each_product(conv.op, dx, dy, [&](auto w, auto i, auto o) { dx.data[i] += weight.data()[w] * dy.data[o]; });
  }

  void take(const Average& step) {
    const auto run = step.gradient ? average_gradient : average;
    run(step.window, tensor(step.from), tensor(step.to));
  }
  void take(const Maximum& step) { maximum(step.window, tensor(step.x), tensor(step.y)); }
  void take(const MaximumBack& step) {
    maximum_gradient(step.window, tensor(step.x), tensor(step.y), tensor(step.dy), tensor(step.dx));
  }
  void take(const Move& step) { move(step.places, tensor(step.from), tensor(step.to)); }
  void take(const GlobalAverage& step) {
    const auto run = step.gradient ? global_average_gradient : global_average;
    run(tensor(step.from), tensor(step.to));
  }

  void take(const Drop& step) {
    const PlannedDrop& drop = plan_.drops[static_cast<std::size_t>(step.drop)];
    const auto images = static_cast<std::size_t>(batch_);
    const auto elements = static_cast<std::size_t>(drop.shape.elements());
    const std::vector<float> factors = drop.whole_images
                                           ? drop_factors(drops_.seed, drop.name, images, drop.rate * drops_.path_scale)
                                           : drop_factors(drops_.seed, drop.name, images * elements, drop.rate);
    const double* from = tensor(step.from).data;
    double* to = tensor(step.to).data;
    for (std::size_t i = 0; i < images * elements; ++i) {
      to[i] = from[i] * static_cast<double>(factors[drop.whole_images ? i / elements : i]);
    }
  }

  void take(const Multiply& step) {
    const PlannedLinear& linear = plan_.linears[static_cast<std::size_t>(step.linear)];
    const std::vector<double>& weight = parameters_.at(linear.name + ".weight");
    const std::vector<double>& bias = parameters_.at(linear.name + ".bias");
    const PlainTensor in = tensor(step.x);
    const PlainTensor out = tensor(step.y);
    each(out, [&](int n, int o, int, int) {
      double sum = bias[static_cast<std::size_t>(o)];
      for (int i = 0; i < linear.in; ++i)
        sum += weight[static_cast<std::size_t>(o * linear.in + i)] * in.at(n, i, 0, 0);
      out.at(n, o, 0, 0) = sum;
    });
  }

  void take(const MultiplyBack& step) {
    const PlannedLinear& linear = plan_.linears[static_cast<std::size_t>(step.linear)];
    const std::vector<double>& weight = parameters_.at(linear.name + ".weight");
    std::vector<double>& dw = gradient(linear.name + ".weight", weight.size());
    std::vector<double>& db = gradient(linear.name + ".bias", static_cast<std::size_t>(linear.out));
    const PlainTensor in = tensor(step.x);
    const PlainTensor dy = tensor(step.dy);
    if (step.dx != kNone) clear(tensor(step.dx));
    each(dy, [&](int n, int o, int, int) {
      const double g = dy.at(n, o, 0, 0);
      db[static_cast<std::size_t>(o)] += g;
      for (int i = 0; i < linear.in; ++i) {
        const auto w = static_cast<std::size_t>(o * linear.in + i);
        dw[w] += g * in.at(n, i, 0, 0);
        if (step.dx != kNone) tensor(step.dx).at(n, i, 0, 0) += g * weight[w];
      }
    });
  }

  void take(const Moments& step) {
    Norm& norm = norms_[static_cast<std::size_t>(step.norm)];
    const PlainTensor in = tensor(step.y);
    norm.count = static_cast<double>(batch_) * in.shape.height * in.shape.width;
    norm.mean.assign(static_cast<std::size_t>(in.shape.channels), 0);
    norm.variance = norm.mean;
    each(in,
         [&](int n, int c, int y, int x) { norm.mean[static_cast<std::size_t>(c)] += in.at(n, c, y, x) / norm.count; });
    each(in, [&](int n, int c, int y, int x) {
      const auto i = static_cast<std::size_t>(c);
      norm.variance[i] += std::pow(in.at(n, c, y, x) - norm.mean[i], 2) / norm.count;
    });
    set_deviation(norm);
  }

  void take(const Reduce& step) {
    Norm& norm = norms_[static_cast<std::size_t>(step.norm)];
    const PlainTensor g = tensor(step.g);
    const PlainTensor in = tensor(step.y);
    norm.sum_g.assign(norm.mean.size(), 0);
    norm.sum_gy = norm.sum_g;
    each(in, [&](int n, int c, int y, int x) {
      const auto i = static_cast<std::size_t>(c);
      norm.sum_g[i] += g.at(n, c, y, x);
      norm.sum_gy[i] += g.at(n, c, y, x) * (in.at(n, c, y, x) - norm.mean[i]);
    });
  }

  void take(const Weigh& step) {
    const auto s = static_cast<std::size_t>(step.sum);
    const PlannedSum& sum = plan_.sums[s];
    const double* g = tensor(step.g).data;
    const double* x = tensor(step.x).data;
    double total = 0;
    for (std::int64_t i = 0; i < plan_.value(step.g).shape.elements() * batch_; ++i) total += g[i] * x[i];
    const double c = coefficients_[s][static_cast<std::size_t>(step.input)];
    if (sum.op.coefficients == op::Sum::Coefficients::positive) total *= c * (1 - c);
    gradient(parameter(sum), static_cast<std::size_t>(sum.inputs))[static_cast<std::size_t>(step.input)] += total;
  }

  Plan plan_;
  int batch_;
  Arena arena_;
  std::vector<double> memory_;
  PlainTensors parameters_, gradients_;
  PlainDrops drops_;
  std::vector<Norm> norms_;
  std::vector<std::vector<double>> coefficients_;
};

}  // namespace tse::plan
