#include "tse/net/network.h"

#include <cmath>

namespace tse {

double Network::loss_and_gradients(const torch::Tensor& images, const torch::Tensor& labels) {
  const torch::Tensor loss = torch::nn::functional::cross_entropy(forward(images, Mode::train), labels);
  const auto value = loss.item<double>();
  if (std::isfinite(value)) loss.backward();
  return value;
}

}  // namespace tse
