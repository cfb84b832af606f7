#include "tse/net/gradient_sum.h"

#include <utility>

namespace tse {

void GradientSum::take(ParameterStore& store, double share) {
  const torch::NoGradGuard no_grad;
  for (auto& [name, parameter] : store.parameters) {
    torch::Tensor& gradient = parameter.mutable_grad();
    if (!gradient.defined()) continue;
    const auto [sum, fresh] = sums_.try_emplace(name);
    if (fresh) {
      sum->second = gradient * share;
    } else {
      sum->second.add_(gradient, share);
    }
    gradient.reset();
  }
}

void GradientSum::hand_over(ParameterStore& store) {
  for (auto& [name, sum] : sums_) store.parameters.at(name).mutable_grad() = std::move(sum);
  sums_.clear();
}

}  // namespace tse
