#pragma once

#include <torch/torch.h>

#include <map>
#include <string>

#include "tse/net/parameter_store.h"

namespace tse {

/// Adds up the gradients of several passes over one store, each by its share of the step.
class GradientSum {
 public:
  /// Adds the gradient of every parameter that has one, times `share`, and takes it away from the parameter.
  void take(ParameterStore& store, double share);

  /// The sums become the parameters' gradients; nothing is left here.
  void hand_over(ParameterStore& store);

 private:
  std::map<std::string, torch::Tensor> sums_;
};

}  // namespace tse
