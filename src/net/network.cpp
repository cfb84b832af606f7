#include "tse/net/network.h"

#include <cmath>

#include "tse/base/error.h"

namespace tse {

double Network::loss_and_gradients(const torch::Tensor& images, const torch::Tensor& labels) {
  const torch::Tensor loss = torch::nn::functional::cross_entropy(forward(images, Mode::train), labels);
  const auto value = loss.item<double>();
  if (std::isfinite(value)) loss.backward();
  return value;
}

void Network::begin_step(std::uint64_t seed, double drop_path_scale) {
  if (!(drop_path_scale >= 0 && drop_path_scale <= 1)) {
    throw UsageError("network", "expected a scale of drop path in [0, 1]; got {}", drop_path_scale);
  }
  drop_seed_ = seed;
  drop_path_scale_ = drop_path_scale;
}

}  // namespace tse
