#include <algorithm>
#include <vector>

#include "padded_avg_pool.h"
#include "tse/net/convolution.h"
#include "tse/net/network.h"
#include "tse/space/drop.h"
#include "tse/space/passes.h"

namespace tse {
namespace {

constexpr double kBatchNormEps = 1e-5;
constexpr double kBatchNormMomentum = 0.1;

class ReferenceNetwork final : public Network {
 public:
  ReferenceNetwork(const Graph& graph, ParameterStore& store)
      : Network(tse::output_weights(graph)),
        training_(simplified(with_auxiliaries(graph))),
        evaluating_(simplified(graph)),
        store_(store) {}

  torch::Tensor forward(const torch::Tensor& images, Mode mode) override {
    const Graph& graph = mode == Mode::train ? training_ : evaluating_;
    std::vector<torch::Tensor> values(graph.nodes().size());
    std::vector<int> left = uses(graph);
    values[0] = images.contiguous(torch::MemoryFormat::ChannelsLast);
    for (std::size_t i = 1; i < values.size(); ++i) {
      const Node& node = graph.nodes()[i];
      std::vector<torch::Tensor> inputs;
      for (const NodeId input : node.inputs) inputs.push_back(values[static_cast<std::size_t>(input)]);
      values[i] = std::visit(Run{store_, padded_avg_pool_, node, inputs, mode, drop_seed_, drop_path_scale_}, node.op);
      // in evaluation nothing else keeps an activation alive, so let it go with its last use
      for (const NodeId input : node.inputs) {
        if (--left[static_cast<std::size_t>(input)] == 0) values[static_cast<std::size_t>(input)].reset();
      }
    }
    return values.back().flatten(1);
  }

 private:
  /// Of each node, how often others read it.
  static std::vector<int> uses(const Graph& graph) {
    std::vector<int> counts(graph.nodes().size());
    for (const Node& node : graph.nodes()) {
      for (const NodeId input : node.inputs) ++counts[static_cast<std::size_t>(input)];
    }
    return counts;
  }

  /// One op on its inputs.
  struct Run {
    ParameterStore& store;
    PaddedAvgPool& padded_avg_pool;
    const Node& node;
    const std::vector<torch::Tensor>& in;
    Mode mode;
    std::uint64_t drop_seed;
    double drop_path_scale;

    const torch::Tensor& parameter(const char* what) const { return store.parameters.at(node.name + what); }

    torch::Tensor operator()(const op::Input&) const { return in.at(0); }
    torch::Tensor operator()(const op::Conv2d& conv) const {
      return conv2d(in[0], parameter(".weight"), conv.bias ? parameter(".bias") : torch::Tensor(), conv);
    }
    torch::Tensor operator()(const op::BatchNorm& norm) const {
      const auto running = [&](const char* what) {
        return norm.track ? store.buffers.at(node.name + what) : torch::Tensor();
      };
      return torch::batch_norm(in[0], norm.affine ? parameter(".weight") : torch::Tensor(),
                               norm.affine ? parameter(".bias") : torch::Tensor(), running(".running_mean"),
                               running(".running_var"), mode == Mode::train || !norm.track, kBatchNormMomentum,
                               kBatchNormEps, torch::globalContext().userEnabledCuDNN());
    }
    torch::Tensor operator()(const op::Relu&) const { return torch::relu(in[0]); }
    torch::Tensor operator()(const op::AvgPool& pool) const {
      if (in[0].is_cuda() && pool.padding > 0) return padded_avg_pool(in[0], pool);
      return torch::avg_pool2d(in[0], pool.kernel, pool.stride, pool.padding, /*ceil_mode=*/false,
                               /*count_include_pad=*/false);
    }
    torch::Tensor operator()(const op::MaxPool& pool) const {
      return torch::max_pool2d(in[0], pool.kernel, pool.stride, pool.padding);
    }
    torch::Tensor operator()(const op::GlobalAvgPool&) const { return torch::adaptive_avg_pool2d(in[0], {1, 1}); }
    torch::Tensor operator()(const op::Linear&) const {
      return torch::linear(in[0].flatten(1), parameter(".weight"), parameter(".bias")).unsqueeze(-1).unsqueeze(-1);
    }
    torch::Tensor operator()(const op::Sum& op) const {
      const std::vector<torch::Tensor> terms = op.coefficients == op::Sum::Coefficients::none ? in : weighted(op);
      torch::Tensor sum = terms[0];
      for (std::size_t i = 1; i < terms.size(); ++i) sum = sum + terms[i];
      return sum;
    }
    torch::Tensor operator()(const op::Concat&) const { return torch::cat(in, 1); }
    torch::Tensor operator()(const op::Shift& shift) const {
      const int side = std::min(node.shape.height, node.shape.width);
      if (shift.by >= side || shift.by <= -side) return torch::zeros_like(in[0]);
      return torch::constant_pad_nd(in[0], {-shift.by, shift.by, -shift.by, shift.by});
    }
    torch::Tensor operator()(const op::Slice& slice) const { return in[0].narrow(1, slice.first, slice.count); }
    torch::Tensor operator()(const op::Shuffle& shuffle) const {
      const torch::Tensor& x = in[0];
      return x.reshape({x.size(0), shuffle.groups, x.size(1) / shuffle.groups, x.size(2), x.size(3)})
          .transpose(1, 2)
          .flatten(1, 2)
          .contiguous(torch::MemoryFormat::ChannelsLast);
    }
    torch::Tensor operator()(const op::DropPath& drop) const {
      return dropped({in[0].size(0), 1, 1, 1}, drop_path_scale * drop.rate);
    }
    torch::Tensor operator()(const op::Dropout& drop) const { return dropped(in[0].sizes().vec(), drop.rate); }
    torch::Tensor operator()(const op::Zero&) const { return torch::zeros_like(in[0]); }
    torch::Tensor operator()(const op::Identity&) const { return in[0]; }

    /// The input times factors of this shape.
    torch::Tensor dropped(const std::vector<std::int64_t>& shape, double rate) const {
      if (mode == Mode::evaluate || rate == 0) return in[0];
      const auto count = static_cast<std::size_t>(c10::multiply_integers(shape));
      std::vector<float> factors = drop_factors(drop_seed, node.name, count, rate);
      return in[0] * torch::from_blob(factors.data(), shape, torch::kFloat).to(in[0].options(), false, /*copy=*/true);
    }

    std::vector<torch::Tensor> weighted(const op::Sum& sum) const {
      std::vector<torch::Tensor> terms;
      if (sum.coefficients == op::Sum::Coefficients::constant) {
        for (std::size_t i = 0; i < in.size(); ++i) terms.push_back(in[i] * sum.constants[i]);
        return terms;
      }
      const bool learned = sum.coefficients == op::Sum::Coefficients::positive;
      const torch::Tensor all =
          learned ? torch::sigmoid(parameter(".weight")) : store.architecture_weights(sum.architecture, node);
      for (std::size_t i = 0; i < in.size(); ++i) terms.push_back(in[i] * all[static_cast<std::int64_t>(i)]);
      return terms;
    }
  };

  Graph training_;
  Graph evaluating_;
  ParameterStore& store_;
  PaddedAvgPool padded_avg_pool_;
};

}  // namespace

std::unique_ptr<Network> make_reference_network(const Graph& graph, ParameterStore& store) {
  return std::make_unique<ReferenceNetwork>(graph, store);
}

}  // namespace tse
