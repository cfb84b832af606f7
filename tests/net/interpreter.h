#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tse/net/network.h"
#include "tse/net/parameter_store.h"
#include "tse/space/drop.h"
#include "tse/space/graph.h"

namespace tse {

/// Computes a graph node by node as it stands, in plain loops over float64: slow, and short enough to be believed. The
/// store must be of float64; its running statistics are read and not updated.
class Interpreter {
 public:
  struct Drops {
    std::uint64_t seed = 0;
    double path_scale = 1;
  };

  Interpreter(const ParameterStore& store, Mode mode, Drops drops) : store_(store), mode_(mode), drops_(drops) {}

  /// `images` is (N,C,H,W); the result (N, values of the output).
  torch::Tensor run(const Graph& graph, const torch::Tensor& images) {
    images_ = static_cast<int>(images.size(0));
    values_.clear();
    for (const Node& node : graph.nodes()) {
      node_ = &node;
      in_.clear();
      for (const NodeId input : node.inputs) in_.push_back(&values_[static_cast<std::size_t>(input)]);
      Values out = make(node.shape);
      if (std::holds_alternative<op::Input>(node.op)) {
        out.data = plain(images);
      } else {
        std::visit([&](const auto& op) { compute(op, out); }, node.op);
      }
      values_.push_back(std::move(out));
    }
    return torch::tensor(values_.back().data, torch::kDouble).reshape({images_, -1});
  }

 private:
  /// (N,C,H,W), one after another.
  struct Values {
    Shape shape;
    std::vector<double> data;

    bool inside(int y, int x) const { return y >= 0 && y < shape.height && x >= 0 && x < shape.width; }
    double& at(int n, int c, int y, int x) { return data[place(n, c, y, x)]; }
    double at(int n, int c, int y, int x) const { return data[place(n, c, y, x)]; }

   private:
    std::size_t place(int n, int c, int y, int x) const {
      return static_cast<std::size_t>(((n * shape.channels + c) * shape.height + y) * shape.width + x);
    }
  };

  Values make(const Shape& shape) const {
    return {.shape = shape, .data = std::vector<double>(static_cast<std::size_t>(images_ * shape.elements()))};
  }

  static std::vector<double> plain(const torch::Tensor& tensor) {
    const torch::Tensor flat = tensor.detach().to(torch::kDouble).contiguous().flatten();
    return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
  }
  std::vector<double> parameter(const char* what) const { return plain(store_.parameters.at(node_->name + what)); }
  std::vector<double> buffer(const char* what) const { return plain(store_.buffers.at(node_->name + what)); }

  /// Sets each value from its place (n,c,y,x).
  template <class Rule>
  void each(Values& out, const Rule& rule) const {
    for (int n = 0; n < images_; ++n) {
      for (int c = 0; c < out.shape.channels; ++c) {
        for (int y = 0; y < out.shape.height; ++y) {
          for (int x = 0; x < out.shape.width; ++x) out.at(n, c, y, x) = rule(n, c, y, x);
        }
      }
    }
  }

  void compute(const op::Input&, Values&) const {}

  void compute(const op::Conv2d& op, Values& out) const {
    const Values& in = *in_[0];
    const std::vector<double> weight = parameter(".weight");
    const std::vector<double> bias = op.bias ? parameter(".bias") : std::vector<double>();
    const int inputs = in.shape.channels / op.groups;
    const int outputs = op.out / op.groups;
    each(out, [&](int n, int c, int y, int x) {
      double sum = op.bias ? bias[static_cast<std::size_t>(c)] : 0;
      for (int i = 0; i < inputs; ++i) {
        for (int dy = 0; dy < op.kernel; ++dy) {
          for (int dx = 0; dx < op.kernel; ++dx) {
            const int from_y = y * op.stride - op.padding + dy * op.dilation;
            const int from_x = x * op.stride - op.padding + dx * op.dilation;
            if (!in.inside(from_y, from_x)) continue;
            const int place = ((c * inputs + i) * op.kernel + dy) * op.kernel + dx;
            sum += weight[static_cast<std::size_t>(place)] * in.at(n, c / outputs * inputs + i, from_y, from_x);
          }
        }
      }
      return sum;
    });
  }

  void compute(const op::BatchNorm& op, Values& out) const {
    const Values& in = *in_[0];
    const auto channels = static_cast<std::size_t>(in.shape.channels);
    std::vector<double> mean(channels);
    std::vector<double> variance(channels);
    if (mode_ == Mode::train || !op.track) {
      const double count = images_ * in.shape.height * in.shape.width;
      Values unused = make(in.shape);
      each(unused, [&](int n, int c, int y, int x) { return mean[static_cast<std::size_t>(c)] += in.at(n, c, y, x); });
      for (double& value : mean) value /= count;
      each(unused, [&](int n, int c, int y, int x) {
        const auto i = static_cast<std::size_t>(c);
        return variance[i] += std::pow(in.at(n, c, y, x) - mean[i], 2);
      });
      for (double& value : variance) value /= count;
    } else {
      mean = buffer(".running_mean");
      variance = buffer(".running_var");
    }
    const std::vector<double> scale = op.affine ? parameter(".weight") : std::vector<double>(channels, 1);
    const std::vector<double> shift = op.affine ? parameter(".bias") : std::vector<double>(channels, 0);
    each(out, [&](int n, int c, int y, int x) {
      const auto i = static_cast<std::size_t>(c);
      return (in.at(n, c, y, x) - mean[i]) / std::sqrt(variance[i] + 1e-5) * scale[i] + shift[i];
    });
  }

  void compute(const op::Relu&, Values& out) const {
    each(out, [&](int n, int c, int y, int x) { return std::max(0.0, in_[0]->at(n, c, y, x)); });
  }

  /// What of the input is in the window of (y,x).
  template <class Pool>
  std::vector<double> window(const Pool& op, int n, int c, int y, int x) const {
    std::vector<double> list;
    for (int dy = 0; dy < op.kernel; ++dy) {
      for (int dx = 0; dx < op.kernel; ++dx) {
        const int from_y = y * op.stride - op.padding + dy;
        const int from_x = x * op.stride - op.padding + dx;
        if (in_[0]->inside(from_y, from_x)) list.push_back(in_[0]->at(n, c, from_y, from_x));
      }
    }
    return list;
  }

  void compute(const op::AvgPool& op, Values& out) const {
    each(out, [&](int n, int c, int y, int x) {
      double sum = 0;
      const std::vector<double> list = window(op, n, c, y, x);
      for (const double value : list) sum += value;
      return sum / static_cast<double>(list.size());
    });
  }

  void compute(const op::MaxPool& op, Values& out) const {
    each(out, [&](int n, int c, int y, int x) { return std::ranges::max(window(op, n, c, y, x)); });
  }

  void compute(const op::GlobalAvgPool&, Values& out) const {
    const Shape& shape = in_[0]->shape;
    each(out, [&](int n, int c, int, int) {
      double sum = 0;
      for (int y = 0; y < shape.height; ++y) {
        for (int x = 0; x < shape.width; ++x) sum += in_[0]->at(n, c, y, x);
      }
      return sum / (shape.height * shape.width);
    });
  }

  void compute(const op::Linear&, Values& out) const {
    const int inputs = in_[0]->shape.channels;
    const std::vector<double> weight = parameter(".weight");
    const std::vector<double> bias = parameter(".bias");
    each(out, [&](int n, int c, int, int) {
      double sum = bias[static_cast<std::size_t>(c)];
      for (int i = 0; i < inputs; ++i) sum += weight[static_cast<std::size_t>(c * inputs + i)] * in_[0]->at(n, i, 0, 0);
      return sum;
    });
  }

  void compute(const op::Sum& op, Values& out) const {
    std::vector<double> factors(in_.size(), 1);
    if (op.coefficients == op::Sum::Coefficients::constant) factors = op.constants;
    if (op.coefficients == op::Sum::Coefficients::architecture)
      factors = plain(store_.architecture.at(op.architecture));
    if (op.coefficients == op::Sum::Coefficients::positive) {
      factors = parameter(".weight");
      for (double& factor : factors) factor = 1 / (1 + std::exp(-factor));
    }
    each(out, [&](int n, int c, int y, int x) {
      double sum = 0;
      for (std::size_t i = 0; i < in_.size(); ++i) sum += factors[i] * in_[i]->at(n, c, y, x);
      return sum;
    });
  }

  void compute(const op::Concat&, Values& out) const {
    each(out, [&](int n, int c, int y, int x) {
      std::size_t i = 0;
      for (; c >= in_[i]->shape.channels; ++i) c -= in_[i]->shape.channels;
      return in_[i]->at(n, c, y, x);
    });
  }

  void compute(const op::Shift& op, Values& out) const {
    each(out, [&](int n, int c, int y, int x) {
      return in_[0]->inside(y + op.by, x + op.by) ? in_[0]->at(n, c, y + op.by, x + op.by) : 0;
    });
  }

  void compute(const op::Slice& op, Values& out) const {
    each(out, [&](int n, int c, int y, int x) { return in_[0]->at(n, op.first + c, y, x); });
  }

  void compute(const op::Shuffle& op, Values& out) const {
    const int columns = out.shape.channels / op.groups;
    each(out, [&](int n, int c, int y, int x) { return in_[0]->at(n, c % op.groups * columns + c / op.groups, y, x); });
  }

  void compute(const op::DropPath& op, Values& out) const {
    const bool drops = mode_ == Mode::train && op.rate * drops_.path_scale > 0;
    const auto factors =
        drop_factors(drops_.seed, node_->name, static_cast<std::size_t>(images_), op.rate * drops_.path_scale);
    each(out, [&](int n, int c, int y, int x) {
      return in_[0]->at(n, c, y, x) * (drops ? static_cast<double>(factors[static_cast<std::size_t>(n)]) : 1);
    });
  }

  void compute(const op::Dropout& op, Values& out) const {
    out.data = in_[0]->data;
    if (mode_ == Mode::evaluate) return;
    const auto factors = drop_factors(drops_.seed, node_->name, out.data.size(), op.rate);
    for (std::size_t i = 0; i < factors.size(); ++i) out.data[i] *= static_cast<double>(factors[i]);
  }

  void compute(const op::Zero&, Values&) const {}
  void compute(const op::Identity&, Values& out) const { out.data = in_[0]->data; }

  const ParameterStore& store_;
  Mode mode_;
  Drops drops_;
  int images_ = 0;
  const Node* node_ = nullptr;
  std::vector<Values> values_;
  std::vector<const Values*> in_;
};

}  // namespace tse
