#include "tse/train/sgd.h"

#include <vector>

#include "tse/cpu/sgd.h"

namespace tse {
namespace {

/// Whether value, gradient and momentum are the same places of three plain stretches of memory.
bool in_one_pass(const torch::Tensor& parameter, const torch::Tensor& gradient) {
  const auto format = parameter.suggest_memory_format();
  return parameter.is_cpu() && parameter.scalar_type() == torch::kFloat && parameter.is_contiguous(format) &&
         gradient.is_contiguous(format) && gradient.strides() == parameter.strides();
}

}  // namespace

Sgd::Sgd(const ParameterStore& store, const Recipe& recipe)
    : store_(store),
      momentum_(recipe.momentum),
      weight_decay_(recipe.weight_decay),
      nesterov_(recipe.nesterov),
      clip_(recipe.clip) {
  for (const auto& [name, parameter] : store.parameters) momenta_[name] = torch::zeros_like(parameter.detach());
}

void Sgd::clip() const {
  std::vector<torch::Tensor> norms;
  for (const auto& [name, parameter] : store_.parameters)
    if (parameter.grad().defined()) norms.push_back(parameter.grad().norm());
  if (norms.empty()) return;
  const double scale = clip_ / (torch::stack(norms).norm().item<double>() + 1e-6);  // as PyTorch's clip_grad_norm_
  if (!(scale < 1)) return;
  for (const auto& [name, parameter] : store_.parameters)
    if (parameter.grad().defined()) torch::Tensor(parameter).mutable_grad().mul_(scale);
}

void Sgd::step(double learning_rate) {
  const torch::NoGradGuard no_grad;
  if (clip_ > 0) clip();
  for (const auto& [name, parameter] : store_.parameters) {
    torch::Tensor direction = parameter.grad();
    if (!direction.defined()) continue;
    torch::Tensor(parameter).mutable_grad().reset();
    if (in_one_pass(parameter, direction)) {
      cpu::sgd_step({.learning_rate = static_cast<float>(learning_rate),
                     .momentum = static_cast<float>(momentum_),
                     .weight_decay = static_cast<float>(weight_decay_),
                     .nesterov = nesterov_},
                    direction.data_ptr<float>(), static_cast<std::size_t>(parameter.numel()),
                    momenta_.at(name).data_ptr<float>(), parameter.data_ptr<float>());
      continue;
    }
    if (weight_decay_ != 0) direction.add_(parameter, weight_decay_);
    if (momentum_ != 0) {
      torch::Tensor& momentum = momenta_.at(name);
      momentum.mul_(momentum_).add_(direction);
      direction = nesterov_ ? direction.add_(momentum, momentum_) : momentum;
    }
    torch::Tensor(parameter).sub_(direction, learning_rate);
  }
}

}  // namespace tse
