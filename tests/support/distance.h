#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "tse/base/json.h"

namespace tse {

/// The scripts' wave(count, 1), in the shape of the values.
inline torch::Tensor wave_like(const torch::Tensor& values) {
  const torch::Tensor i = torch::arange(values.numel(), torch::kLong);
  return (((31 * i + 17) * i + 7919).remainder(65521).to(torch::kDouble) / 32760 - 1).reshape(values.sizes());
}

/// How far a tensor's three numbers are from those of a script's summary, as a share of its norm.
inline double distance(const torch::Tensor& tensor, const Json& numbers) {
  const torch::Tensor values = tensor.detach().to(torch::kDouble).contiguous();
  const double norm = numbers.at(2).get<double>();
  const double size = std::max(norm, 1e-3) * std::sqrt(static_cast<double>(values.numel()));
  const double sum = values.sum().item<double>() - numbers.at(0).get<double>();
  const double wave = (values * wave_like(values)).sum().item<double>() - numbers.at(1).get<double>();
  return std::max({std::abs(sum), std::abs(wave), std::abs(values.norm().item<double>() - norm)}) / size;
}

}  // namespace tse
