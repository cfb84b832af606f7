#pragma once

#include <torch/torch.h>

#include <map>
#include <string>

#include "tse/net/parameter_store.h"
#include "tse/trial/recipe.h"

namespace tse {

/// Stochastic gradient descent with momentum, Nesterov's form and weight decay, as PyTorch defines it:
/// d = g + wd*p; m = momentum*m + d; p = p - lr*(d + momentum*m), or p - lr*m without Nesterov.
class Sgd {
 public:
  Sgd(const ParameterStore& store, const Recipe& recipe);

  /// Updates every parameter that has a gradient, and forgets the gradients. Where the recipe clips, all gradients
  /// together are scaled down to that norm first.
  void step(double learning_rate);

  /// By parameter name; zeros before the first step.
  std::map<std::string, torch::Tensor>& momenta() { return momenta_; }
  const std::map<std::string, torch::Tensor>& momenta() const { return momenta_; }

 private:
  void clip() const;

  const ParameterStore& store_;
  double momentum_;
  double weight_decay_;
  bool nesterov_;
  double clip_;
  std::map<std::string, torch::Tensor> momenta_;
};

}  // namespace tse
