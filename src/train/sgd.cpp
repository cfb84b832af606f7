#include "tse/train/sgd.h"

namespace tse {

Sgd::Sgd(const ParameterStore& store, const Recipe& recipe)
    : store_(store), momentum_(recipe.momentum), weight_decay_(recipe.weight_decay), nesterov_(recipe.nesterov) {
  for (const auto& [name, parameter] : store.parameters) momenta_[name] = torch::zeros_like(parameter.detach());
}

void Sgd::step(double learning_rate) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, parameter] : store_.parameters) {
    torch::Tensor direction = parameter.grad();
    if (!direction.defined()) continue;
    if (weight_decay_ != 0) direction.add_(parameter, weight_decay_);
    if (momentum_ != 0) {
      torch::Tensor& momentum = momenta_.at(name);
      momentum.mul_(momentum_).add_(direction);
      direction = nesterov_ ? direction.add_(momentum, momentum_) : momentum;
    }
    torch::Tensor(parameter).sub_(direction, learning_rate);
    torch::Tensor(parameter).mutable_grad().reset();
  }
}

}  // namespace tse
