#include "weighted_sum.h"

#include <cmath>

namespace tse::cpu {
namespace {

using Coefficients = op::Sum::Coefficients;

}  // namespace

WeightedSum::WeightedSum(const plan::PlannedSum& planned)
    : op_(planned.op),
      inputs_(static_cast<std::size_t>(planned.inputs)),
      parameter_(plan::parameter(planned)),
      coefficients_(inputs_),
      tiles_(inputs_, ChannelTile(tile_length(planned.channels))),
      zero_(tile_length(planned.channels)) {}

void WeightedSum::set(const float* values) {
  for (std::size_t i = 0; i < inputs_; ++i) {
    switch (op_.coefficients) {
      case Coefficients::positive:
        coefficients_[i] = 1 / (1 + std::exp(-values[i]));
        break;
      case Coefficients::architecture:
        coefficients_[i] = values[i];
        break;
      default:
        coefficients_[i] = static_cast<float>(op_.constants[i]);
    }
    tiles_[i].assign(tiles_[i].size(), coefficients_[i]);
  }
}

void WeightedSum::begin(int blocks) { products_.assign(static_cast<std::size_t>(blocks) * inputs_, 0.0); }

void WeightedSum::add_product(int block, int input, Storage storage, const void* g, const void* x, std::size_t count) {
  products_[static_cast<std::size_t>(block) * inputs_ + static_cast<std::size_t>(input)] =
      product(storage, g, x, count);
}

void WeightedSum::finish(float* gradient) const {
  for (std::size_t i = 0; i < inputs_; ++i) {
    double total = 0;
    for (std::size_t at = i; at < products_.size(); at += inputs_) total += products_[at];
    const double c = coefficients_[i];
    if (op_.coefficients == Coefficients::positive) total *= c * (1 - c);  // the sigmoid's own
    gradient[i] += static_cast<float>(total);
  }
}

}  // namespace tse::cpu
