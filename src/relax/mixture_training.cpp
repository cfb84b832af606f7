#include "tse/relax/mixture_training.h"

#include <cmath>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/random.h"
#include "tse/estimate/step_weights.h"
#include "tse/space/graph.h"
#include "tse/train/job_network.h"

namespace tse {
namespace {

using Tensors = std::map<std::string, torch::Tensor>;

Tensors copies(const Tensors& of) {
  const torch::NoGradGuard no_grad;
  Tensors all;
  for (const auto& [name, tensor] : of) all[name] = tensor.detach().clone();
  return all;
}

void write_over(Tensors& to, const Tensors& from) {
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : to) tensor.copy_(from.at(name));
}

}  // namespace

MixtureTraining::MixtureTraining(std::shared_ptr<const Space> space, const Task& task, const Engine& engine,
                                 const Recipe& recipe, const Relaxation& relaxation, std::uint64_t seed,
                                 ParameterStore& store)
    : space_(std::move(space)),
      task_(task),
      engine_(engine),
      recipe_(recipe),
      relaxation_(relaxation),
      seed_(seed),
      store_(store),
      architecture_(space_->mixture_choices(), relaxation, seed, store.parameters.begin()->second.options()),
      sgd_(store, recipe),
      channels_(channel_draws(seed)) {
  if (relaxation.speed) step_weights_ = step_weights(relaxation.loss, relaxation.steps);
}

Network& MixtureTraining::network() {
  if (!network_) {
    const auto kept = second_half_ ? architecture_.kept() : std::vector<std::vector<int>>();
    const Graph graph = space_->mixed(task_, mixture_of(relaxation_, second_half_, kept));
    network_ = make_job_network(graph, store_, engine_, recipe_);
  }
  return *network_;
}

/// Every pass draws a mixture of its own where the method draws.
double MixtureTraining::loss(const Batch& batch, std::int64_t number, Pass pass, bool learns) {
  constexpr std::uint64_t kPasses = 3;
  const auto draw = static_cast<std::uint64_t>(number) * kPasses + static_cast<std::uint64_t>(pass);
  architecture_.mix(store_, draw, learns);
  network().begin_step(derive_seed(seed_, "drop", draw));
  return network().loss_and_gradients(batch.images, batch.labels);
}

void MixtureTraining::forget_gradients() {
  for (auto& [name, parameter] : store_.parameters) parameter.mutable_grad().reset();
}

double MixtureTraining::step(const Batch& batch, double learning_rate, std::int64_t number) {
  const double value = loss(batch, number, Pass::weights, false);
  if (std::isfinite(value)) sgd_.step(learning_rate);
  return value;
}

double MixtureTraining::validated_step(const Batch& batch, const Batch& validation, double learning_rate,
                                       std::int64_t number) {
  const bool weights_first = relaxation_.weights == "softmax" && relaxation_.order == 1;
  double value = 0;
  if (weights_first) {
    value = step(batch, learning_rate, number);
    if (!std::isfinite(value)) return value;
  }
  std::vector<torch::Tensor> gradients;
  double validated = 0;
  if (relaxation_.order == 2) {
    validated = second_order(batch, validation, learning_rate, number, gradients);
  } else {
    validated = loss(validation, number, Pass::architecture, true);
    forget_gradients();
    gradients = architecture_.take_gradients();
  }
  if (!std::isfinite(validated)) return validated;
  architecture_.step(std::move(gradients));
  return weights_first ? value : step(batch, learning_rate, number);
}

/// The gradients of a batch's loss by the architecture, at weights that are a multiple of a direction away.
std::vector<torch::Tensor> MixtureTraining::gradients_at(const Tensors& start, const Tensors& direction, double by,
                                                         const Batch& batch, std::int64_t number) {
  {
    const torch::NoGradGuard no_grad;
    for (auto& [name, parameter] : store_.parameters) {
      parameter.copy_(start.at(name));
      if (const auto found = direction.find(name); found != direction.end()) parameter.add_(found->second, by);
    }
  }
  loss(batch, number, Pass::ahead, true);
  forget_gradients();
  return architecture_.take_gradients();
}

/// arXiv 1806.09055, equations 7 and 8: at the weights after one step of SGD, its learning rate times the product of
/// the training loss's second derivatives with the validation gradient taken off, by finite differences.
double MixtureTraining::second_order(const Batch& batch, const Batch& validation, double learning_rate,
                                     std::int64_t number, std::vector<torch::Tensor>& gradients) {
  const Tensors start = copies(store_.parameters);
  const Tensors buffers = copies(store_.buffers);
  const double first = loss(batch, number, Pass::ahead, false);
  if (!std::isfinite(first)) return first;
  {
    // one step as the authors of DARTS make it: momentum and weight decay, not Nesterov's form
    const torch::NoGradGuard no_grad;
    for (auto& [name, parameter] : store_.parameters) {
      torch::Tensor move = sgd_.momenta().at(name) * recipe_.momentum + recipe_.weight_decay * parameter;
      if (parameter.grad().defined()) move.add_(parameter.grad());
      parameter.sub_(move, learning_rate);
    }
  }
  forget_gradients();
  const double validated = loss(validation, number, Pass::architecture, true);
  gradients = architecture_.take_gradients();
  Tensors direction;
  double squares = 0;
  for (auto& [name, parameter] : store_.parameters) {
    if (!parameter.grad().defined()) continue;
    direction[name] = parameter.grad().detach().clone();
    const auto norm = direction[name].norm().item<double>();
    squares += norm * norm;
  }
  forget_gradients();
  if (std::isfinite(validated) && squares > 0) {
    const double by = relaxation_.difference / std::sqrt(squares);
    const std::vector<torch::Tensor> above = gradients_at(start, direction, by, batch, number);
    const std::vector<torch::Tensor> below = gradients_at(start, direction, -by, batch, number);
    for (std::size_t i = 0; i < gradients.size(); ++i)
      gradients[i].sub_((above[i] - below[i]) / (2 * by), learning_rate);
  }
  write_over(store_.parameters, start);
  write_over(store_.buffers, buffers);
  return validated;
}

/// What steps of the network's weights change.
struct MixtureTraining::Saved {
  Tensors parameters;
  Tensors momenta;
  Tensors buffers;
};

MixtureTraining::Saved MixtureTraining::saved() const {
  return {
      .parameters = copies(store_.parameters), .momenta = copies(sgd_.momenta()), .buffers = copies(store_.buffers)};
}

void MixtureTraining::put_back(const Saved& saved) {
  write_over(store_.parameters, saved.parameters);
  write_over(sgd_.momenta(), saved.momenta);
  write_over(store_.buffers, saved.buffers);
}

/// No losses where it was stopped.
std::vector<double> MixtureTraining::run(std::span<const Batch> batches, std::span<const double> learning_rates,
                                         std::int64_t first, Pass pass, std::vector<torch::Tensor>* gradients,
                                         const std::function<bool()>& alive) {
  const std::size_t skipped = step_weights_.size() - batches.size();
  std::vector<double> losses;
  for (std::size_t k = 0; k < batches.size(); ++k) {
    losses.push_back(loss(batches[k], first + static_cast<std::int64_t>(k), pass, gradients != nullptr));
    if (!std::isfinite(losses.back())) return losses;
    if (gradients != nullptr) {
      const std::vector<torch::Tensor> of_step = architecture_.take_gradients();
      if (gradients->empty()) {
        for (const torch::Tensor& each : of_step) gradients->push_back(torch::zeros_like(each));
      }
      for (std::size_t i = 0; i < of_step.size(); ++i) (*gradients)[i].add_(of_step[i], step_weights_[skipped + k]);
    }
    sgd_.step(learning_rates[k]);
    if (alive && !alive()) return {};
  }
  return losses;
}

std::vector<double> MixtureTraining::summed_steps(std::span<const Batch> batches,
                                                  std::span<const double> learning_rates, std::int64_t first,
                                                  const std::function<bool()>& alive) {
  if (batches.empty() || batches.size() != learning_rates.size() || batches.size() > step_weights_.size())
    throw UsageError("mixture", "expected 1 to {} batches with a learning rate each; got {} and {}",
                     step_weights_.size(), batches.size(), learning_rates.size());
  const bool once = relaxation_.mode == "inline";
  const Saved before = saved();
  const ArchWeights::Numbers architecture = architecture_.numbers();
  std::vector<torch::Tensor> gradients;
  std::vector<double> losses =
      run(batches, learning_rates, first, once ? Pass::weights : Pass::ahead, &gradients, alive);
  if (losses.empty()) {
    put_back(before);
    return losses;
  }
  if (!std::isfinite(losses.back())) return losses;
  architecture_.step(std::move(gradients));
  if (once) return losses;
  put_back(before);
  losses = run(batches, learning_rates, first, Pass::weights, nullptr, alive);
  if (losses.empty()) {
    put_back(before);
    architecture_.set(architecture);
  }
  return losses;
}

void MixtureTraining::take_shapes_of_second_half() {
  if (second_half_) return;
  widen(store_, sgd_.momenta(), space_->mixed(task_, mixture_of(relaxation_, true)), channels_);
  second_half_ = true;
  network_.reset();
}

void MixtureTraining::begin_second_half() {
  architecture_.keep(relaxation_.kept);
  take_shapes_of_second_half();
}

}  // namespace tse
