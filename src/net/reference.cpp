#include <vector>

#include "tse/net/network.h"
#include "tse/space/passes.h"

namespace tse {
namespace {

constexpr double kBatchNormEps = 1e-5;
constexpr double kBatchNormMomentum = 0.1;

class ReferenceNetwork final : public Network {
 public:
  ReferenceNetwork(const Graph& graph, ParameterStore& store)
      : graph_(simplified(graph)), store_(store), uses_(graph_.nodes().size()) {
    for (const Node& node : graph_.nodes()) {
      for (const NodeId input : node.inputs) ++uses_[static_cast<std::size_t>(input)];
    }
  }

  torch::Tensor forward(const torch::Tensor& images, Mode mode) override {
    std::vector<torch::Tensor> values(graph_.nodes().size());
    std::vector<int> left = uses_;
    values[0] = images.contiguous(torch::MemoryFormat::ChannelsLast);
    for (std::size_t i = 1; i < values.size(); ++i) {
      const Node& node = graph_.nodes()[i];
      std::vector<torch::Tensor> inputs;
      for (const NodeId input : node.inputs) inputs.push_back(values[static_cast<std::size_t>(input)]);
      values[i] = std::visit(Run{store_, node.name, inputs, mode}, node.op);
      // in evaluation nothing else keeps an activation alive, so let it go with its last use
      for (const NodeId input : node.inputs) {
        if (--left[static_cast<std::size_t>(input)] == 0) values[static_cast<std::size_t>(input)].reset();
      }
    }
    return values.back().flatten(1);
  }

 private:
  /// One op on its inputs.
  struct Run {
    ParameterStore& store;
    const std::string& name;
    const std::vector<torch::Tensor>& in;
    Mode mode;

    const torch::Tensor& parameter(const char* what) const { return store.parameters.at(name + what); }

    torch::Tensor operator()(const op::Input&) const { return in.at(0); }
    torch::Tensor operator()(const op::Conv2d& conv) const {
      return torch::conv2d(in[0], parameter(".weight"), {}, conv.stride, conv.padding);
    }
    torch::Tensor operator()(const op::BatchNorm&) const {
      return torch::batch_norm(in[0], parameter(".weight"), parameter(".bias"),
                               store.buffers.at(name + ".running_mean"), store.buffers.at(name + ".running_var"),
                               mode == Mode::train, kBatchNormMomentum, kBatchNormEps,
                               torch::globalContext().userEnabledCuDNN());
    }
    torch::Tensor operator()(const op::Relu&) const { return torch::relu(in[0]); }
    torch::Tensor operator()(const op::AvgPool& pool) const {
      return torch::avg_pool2d(in[0], pool.kernel, pool.stride, pool.padding, /*ceil_mode=*/false,
                               /*count_include_pad=*/false);
    }
    torch::Tensor operator()(const op::GlobalAvgPool&) const { return torch::adaptive_avg_pool2d(in[0], {1, 1}); }
    torch::Tensor operator()(const op::Linear&) const {
      return torch::linear(in[0].flatten(1), parameter(".weight"), parameter(".bias")).unsqueeze(-1).unsqueeze(-1);
    }
    torch::Tensor operator()(const op::Sum&) const {
      torch::Tensor sum = in[0];
      for (std::size_t i = 1; i < in.size(); ++i) sum = sum + in[i];
      return sum;
    }
    torch::Tensor operator()(const op::Zero&) const { return torch::zeros_like(in[0]); }
    torch::Tensor operator()(const op::Identity&) const { return in[0]; }
  };

  Graph graph_;
  ParameterStore& store_;
  std::vector<int> uses_;
};

}  // namespace

std::unique_ptr<Network> make_reference_network(const Graph& graph, ParameterStore& store) {
  return std::make_unique<ReferenceNetwork>(graph, store);
}

}  // namespace tse
