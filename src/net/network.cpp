#include "tse/net/network.h"

#include <cmath>

#include "tse/base/error.h"

namespace tse {

std::vector<double> output_weights(const Graph& graph) {
  std::vector<double> weights = {1};
  for (const Auxiliary& auxiliary : graph.auxiliaries()) weights.push_back(auxiliary.weight);
  return weights;
}

double Network::loss_and_gradients(const torch::Tensor& images, const torch::Tensor& labels) {
  const auto outputs = forward(images, Mode::train).chunk(static_cast<std::int64_t>(output_weights_.size()), 1);
  torch::Tensor loss = torch::nn::functional::cross_entropy(outputs[0], labels);
  output_loss_ = loss.item<double>();
  for (std::size_t i = 1; i < outputs.size(); ++i)
    loss = loss + output_weights_[i] * torch::nn::functional::cross_entropy(outputs[i], labels);
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
