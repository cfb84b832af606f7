#include "eager.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include <memory>
#include <sstream>
#include <utility>
#include <vector>

namespace tse::bench {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

constexpr int kEdges = 6;
constexpr int kOptions = 5;

nn::Sequential relu_conv_norm(int in, int out, int kernel, int stride, int padding) {
  return nn::Sequential(nn::ReLU(),
                        nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding).bias(false)),
                        nn::BatchNorm2d(out));
}

struct ZeroImpl : nn::Module {
  Tensor forward(const Tensor& x) { return x.mul(0.0); }
};
TORCH_MODULE(Zero);

nn::Sequential edge(const std::string& name, int channels) {
  if (name == "none") return nn::Sequential(Zero());
  if (name == "skip_connect") return nn::Sequential(nn::Identity());
  if (name == "nor_conv_1x1") return relu_conv_norm(channels, channels, 1, 1, 0);
  if (name == "nor_conv_3x3") return relu_conv_norm(channels, channels, 3, 1, 1);
  if (name == "avg_pool_3x3")
    return nn::Sequential(nn::AvgPool2d(nn::AvgPool2dOptions(3).stride(1).padding(1).count_include_pad(false)));
  throw std::invalid_argument("unknown operation " + name);
}

/// The operations that lead to each node but the first, in the order of the nodes they come from.
std::vector<std::vector<std::string>> operations(const std::string& cell) {
  std::vector<std::vector<std::string>> nodes;
  std::istringstream text(cell);
  for (std::string node; std::getline(text, node, '+');) {
    auto& edges = nodes.emplace_back();
    std::istringstream parts(node);
    for (std::string part; std::getline(parts, part, '|');) {
      if (!part.empty()) edges.push_back(part.substr(0, part.find('~')));
    }
  }
  return nodes;
}

class CellImpl : public nn::Module {
 public:
  CellImpl(const std::string& cell, int channels) {
    for (const auto& names : operations(cell)) {
      nn::ModuleList edges;
      for (const std::string& name : names) edges->push_back(edge(name, channels));
      nodes_.push_back(register_module("node" + std::to_string(nodes_.size() + 1), edges));
    }
  }

  Tensor forward(const Tensor& input) {
    std::vector<Tensor> values = {input};
    for (const nn::ModuleList& edges : nodes_) {
      Tensor sum;
      for (std::size_t from = 0; from < edges->size(); ++from) {
        const Tensor part = edges->ptr(from)->as<nn::Sequential>()->forward(values[from]);
        sum = sum.defined() ? sum + part : part;
      }
      values.push_back(sum);
    }
    return values.back();
  }

 private:
  std::vector<nn::ModuleList> nodes_;
};
TORCH_MODULE(Cell);

/// All operations on every edge, each times its weight (arXiv 1806.09055).
class MixedCellImpl : public nn::Module {
 public:
  MixedCellImpl(int channels, std::shared_ptr<Tensor> weights) : weights_(std::move(weights)) {
    for (int e = 0; e < kEdges; ++e) {
      nn::ModuleList options;
      for (const char* name : {"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"})
        options->push_back(edge(name, channels));
      edges_.push_back(register_module("edge" + std::to_string(e), options));
    }
  }

  Tensor forward(const Tensor& input) {
    std::vector<Tensor> values = {input};
    std::int64_t number = 0;
    for (std::size_t to = 1; to < 4; ++to) {
      Tensor sum;
      for (std::size_t from = 0; from < to; ++from, ++number) {
        const nn::ModuleList& options = edges_[static_cast<std::size_t>(number)];
        for (std::size_t o = 0; o < options->size(); ++o) {
          const Tensor part = (*weights_)[number][static_cast<std::int64_t>(o)] *
                              options->ptr(o)->as<nn::Sequential>()->forward(values[from]);
          sum = sum.defined() ? sum + part : part;
        }
      }
      values.push_back(sum);
    }
    return values.back();
  }

 private:
  std::shared_ptr<Tensor> weights_;  // softmax of the network's, (edges, options)
  std::vector<nn::ModuleList> edges_;
};
TORCH_MODULE(MixedCell);

class ReductionImpl : public nn::Module {
 public:
  ReductionImpl(int in, int out)
      : first_(register_module("conv_a", relu_conv_norm(in, out, 3, 2, 1))),
        second_(register_module("conv_b", relu_conv_norm(out, out, 3, 1, 1))),
        shortcut_(
            register_module("downsample", nn::Sequential(nn::AvgPool2d(nn::AvgPool2dOptions(2).stride(2)),
                                                         nn::Conv2d(nn::Conv2dOptions(in, out, 1).bias(false))))) {}

  Tensor forward(const Tensor& input) { return second_->forward(first_->forward(input)) + shortcut_->forward(input); }

 private:
  nn::Sequential first_, second_, shortcut_;
};
TORCH_MODULE(Reduction);

/// Automatic mixed precision on the device while it lives, as PyTorch's context manager does it.
class Autocast {
 public:
  explicit Autocast(const torch::Device& device) : device_(device.type()) {
    at::autocast::increment_nesting();
    set(true);
  }
  Autocast(const Autocast&) = delete;
  ~Autocast() {
    set(false);
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  }

 private:
  void set(bool enabled) const {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    at::autocast::set_autocast_enabled(device_, enabled);
    at::autocast::set_autocast_dtype(device_, at::kBFloat16);
#else
    if (device_ == at::kCPU) {
      at::autocast::set_cpu_enabled(enabled);
      at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    } else {
      at::autocast::set_enabled(enabled);
      at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    }
#endif
  }

  at::DeviceType device_;
};

nn::AnyModule moved(nn::AnyModule network, const torch::Device& device) {
  network.ptr()->to(device);
  return network;
}

}  // namespace

EagerNetworkImpl::EagerNetworkImpl(const std::string& cell, int channels, int cells, int classes)
    : classifier_(nullptr) {
  stem_ = register_module("stem", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(3, channels, 3).padding(1).bias(false)),
                                                 nn::BatchNorm2d(channels)));
  cells_ = register_module("cells", nn::Sequential());
  const bool mixes = cell == "mixture";
  if (mixes) alphas_ = register_parameter("alphas", 1e-3 * torch::randn({kEdges, kOptions}));
  for (int stage = 0; stage < 3; ++stage) {
    if (stage > 0) cells_->push_back(Reduction(channels, 2 * channels));
    if (stage > 0) channels *= 2;
    for (int i = 0; i < cells; ++i) {
      if (mixes) {
        cells_->push_back(MixedCell(channels, weights_));
      } else {
        cells_->push_back(Cell(cell, channels));
      }
    }
  }
  last_ = register_module("lastact", nn::Sequential(nn::BatchNorm2d(channels), nn::ReLU(), nn::AdaptiveAvgPool2d(1)));
  classifier_ = register_module("classifier", nn::Linear(channels, classes));
}

Tensor EagerNetworkImpl::forward(Tensor images) {
  if (alphas_.defined()) *weights_ = torch::softmax(alphas_, -1);
  const Tensor features = last_->forward(cells_->forward(stem_->forward(images)));
  return classifier_->forward(features.view({features.size(0), -1}));
}

EagerTraining::EagerTraining(nn::AnyModule network, int batch, int size, int classes, Variant variant,
                             const torch::Device& device)
    : network_(moved(std::move(network), device)),
      variant_(variant),
      images_(torch::randn({batch, 3, size, size}).to(device)),
      labels_(torch::randint(classes, {batch}, torch::kLong).to(device)),
      optimizer_(network_.ptr()->parameters(),
                 torch::optim::SGDOptions(0.1).momentum(0.9).nesterov(true).weight_decay(5e-4)) {
  if (variant == Variant::plain) return;
  images_ = images_.contiguous(torch::MemoryFormat::ChannelsLast);
  for (Tensor& parameter : network_.ptr()->parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
  }
}

Tensor EagerTraining::step() {
  const auto loss_of_batch = [&] { return nn::functional::cross_entropy(network_.forward(images_), labels_); };
  Tensor loss;
  if (variant_ == Variant::channels_last_bf16) {
    const Autocast autocast(images_.device());
    loss = loss_of_batch();
  } else {
    loss = loss_of_batch();
  }
  optimizer_.zero_grad();
  loss.backward();
  optimizer_.step();
  return loss.detach();
}

}  // namespace tse::bench
