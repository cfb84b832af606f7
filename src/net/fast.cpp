#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tse/base/error.h"
#include "tse/cpu/program.h"
#include "tse/net/network.h"
#include "tse/space/passes.h"

namespace tse {
namespace {

/// Values in the order of the program's.
torch::Tensor channels_last(const torch::Tensor& images) {
  return images.to(torch::kFloat).contiguous(torch::MemoryFormat::ChannelsLast);
}

/// The mean over the images, and its gradient to the logits; `labels` as in Network::loss_and_gradients.
std::pair<double, torch::Tensor> cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels) {
  const torch::Tensor log_probabilities = torch::log_softmax(logits, 1);
  torch::Tensor gradient = log_probabilities.exp();
  const auto count = static_cast<double>(logits.size(0));
  if (labels.dim() == 1) {
    const auto loss = torch::nll_loss(log_probabilities, labels).item<double>();
    gradient.scatter_add_(1, labels.unsqueeze(1), torch::full({labels.size(0), 1}, -1.0F));
    return {loss, gradient.div_(count)};
  }
  const torch::Tensor wanted = labels.to(torch::kFloat);
  const double loss = -(wanted * log_probabilities).sum().item<double>() / count;
  return {loss, gradient.sub_(wanted).div_(count)};
}

class FastNetwork final : public Network {
 public:
  FastNetwork(const Graph& graph, ParameterStore& store, const FastOptions& options)
      : Network(tse::output_weights(graph)),
        training_graph_(simplified(with_auxiliaries(graph))),
        evaluating_graph_(simplified(graph)),
        store_(store),
        options_(options) {
    for (const Node& node : training_graph_.nodes()) {
      const auto* sum = std::get_if<op::Sum>(&node.op);
      if (sum != nullptr && sum->coefficients == op::Sum::Coefficients::architecture) architectures_.push_back(&node);
    }
    for (const auto& [name, tensor] : store.parameters) {
      if (tensor.scalar_type() == torch::kFloat && tensor.is_cpu()) continue;
      throw UsageError("fast network", "expected parameters of float32 on the CPU; got {} on {}",
                       torch::toString(tensor.scalar_type()), tensor.device().str());
    }
  }

  torch::Tensor forward(const torch::Tensor& images, Mode mode) override {
    read_architecture();
    if (mode == Mode::evaluate || !torch::GradMode::is_enabled()) return run(images, mode);
    prepare(mode, images.size(0));
    std::vector<torch::Tensor> parameters;
    for (const std::string& name : names_) parameters.push_back(parameter(name));
    return Differentiable::apply(this, images, torch::TensorList(parameters));
  }

  double loss_and_gradients(const torch::Tensor& images, const torch::Tensor& labels) override {
    // what a search gives may have a history of its own, which autograd has to walk
    if (!architectures_.empty()) return Network::loss_and_gradients(images, labels);
    const torch::NoGradGuard no_grad;
    const std::vector<double>& weights = output_weights();
    std::vector<torch::Tensor> gradients;
    double value = 0;
    for (const torch::Tensor& logits : run(images, Mode::train).chunk(static_cast<std::int64_t>(weights.size()), 1)) {
      const double weight = weights[gradients.size()];
      const auto [loss, gradient] = cross_entropy(logits, labels);
      if (gradients.empty()) output_loss_ = loss;
      value += weight * loss;
      gradients.push_back(weight == 1 ? gradient : gradient * weight);
    }
    if (!std::isfinite(value)) return value;
    differentiate(gradients.size() == 1 ? gradients[0] : torch::cat(gradients, 1));
    for (const std::string& name : names_) store_.parameters.at(name).mutable_grad() = gradients_.at(name);
    return value;
  }

 private:
  struct Sized {
    int batch = 0;
    cpu::Program program;
  };

  /// The whole network as one node of autograd's graph.
  struct Differentiable : torch::autograd::Function<Differentiable> {
    static torch::Tensor forward(torch::autograd::AutogradContext* context, FastNetwork* network,
                                 const torch::Tensor& images, torch::TensorList /*parameters*/) {
      context->saved_data["network"] = reinterpret_cast<std::int64_t>(network);
      torch::Tensor logits = network->run(images, Mode::train);
      context->saved_data["call"] = network->calls_;
      return logits;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   const torch::autograd::variable_list& outputs) {
      auto* network = reinterpret_cast<FastNetwork*>(context->saved_data["network"].toInt());
      if (context->saved_data["call"].toInt() != network->calls_) {
        throw UsageError("fast network", "expected the newest result of forward, once; its activations are gone");
      }
      ++network->calls_;  // the activations are overwritten
      network->differentiate(outputs[0]);
      torch::autograd::variable_list gradients(2);  // of the network and the images: none
      for (const std::string& name : network->names_) gradients.push_back(network->gradients_.at(name).clone());
      return gradients;
    }
  };

  /// Makes the program where there is none yet for so many images.
  Sized& prepare(Mode mode, std::int64_t images) {
    std::optional<Sized>& sized = mode == Mode::train ? training_ : evaluating_;
    const auto count = static_cast<int>(images);
    if (sized && sized->batch >= count) return *sized;
    sized.reset();  // its memory first
    sized.emplace(Sized{.batch = count,
                        .program = cpu::Program(mode == Mode::train ? training_graph_ : evaluating_graph_,
                                                {.batch = count,
                                                 .precision = options_.precision,
                                                 .training = mode == Mode::train,
                                                 .threads = options_.threads,
                                                 .workspace = options_.workspace})});
    if (mode == Mode::train) {
      names_ = sized->program.learned();
      for (const std::string& name : names_) gradients_[name] = torch::empty_like(parameter(name).detach());
    }
    return *sized;
  }

  /// Takes the architecture weights as they are now, in the form that the program reads.
  void read_architecture() {
    for (const Node* node : architectures_) {
      const std::string& name = std::get<op::Sum>(node->op).architecture;
      architecture_[name] = store_.architecture_weights(name, *node).to(torch::kCPU, torch::kFloat).contiguous();
    }
  }

  /// What the program knows by this name: architecture weights, or a parameter of the store.
  const torch::Tensor& parameter(const std::string& name) const {
    const auto found = architecture_.find(name);
    return found == architecture_.end() ? store_.parameters.at(name) : found->second;
  }

  torch::Tensor run(const torch::Tensor& images, Mode mode) {
    if (mode == Mode::train) ++calls_;
    const torch::Tensor input = channels_last(images);
    const auto count = static_cast<int>(input.size(0));
    Sized& sized = prepare(mode, count);
    sized.program.begin_step(drop_seed_, drop_path_scale_);
    const auto logits = sized.program.forward(
        input.data_ptr<float>(), count, [this](const std::string& name) { return parameter(name).data_ptr<float>(); },
        [this](const std::string& name) { return store_.buffers.at(name).data_ptr<float>(); });
    const auto classes = static_cast<std::int64_t>(logits.size()) / count;
    return torch::from_blob(const_cast<float*>(logits.data()), {count, classes}, torch::kFloat).clone();
  }

  void differentiate(const torch::Tensor& logits_gradient) {
    const torch::Tensor plain = logits_gradient.to(torch::kFloat).contiguous();
    training_->program.backward({plain.data_ptr<float>(), static_cast<std::size_t>(plain.numel())},
                                [this](const std::string& name) { return gradients_.at(name).data_ptr<float>(); });
  }

  Graph training_graph_;
  Graph evaluating_graph_;
  ParameterStore& store_;
  FastOptions options_;
  std::vector<std::string> names_;                     // of the parameters that are learned
  std::vector<const Node*> architectures_;             // sums with architecture weights
  std::map<std::string, torch::Tensor> architecture_;  // of this pass
  std::map<std::string, torch::Tensor> gradients_;
  std::optional<Sized> training_;
  std::optional<Sized> evaluating_;
  std::int64_t calls_ = 0;  // of forward in training
};

}  // namespace

std::unique_ptr<Network> make_fast_network(const Graph& graph, ParameterStore& store, const FastOptions& options) {
  return std::make_unique<FastNetwork>(graph, store, options);
}

bool has_fast_network(const Graph& graph) {
  return cpu::runs_on_cpu(simplified(graph)) && cpu::runs_on_cpu(simplified(with_auxiliaries(graph)));
}

}  // namespace tse
