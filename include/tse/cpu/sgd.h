#pragma once

#include <cstddef>

namespace tse::cpu {

/// One step of stochastic gradient descent as tse/train/sgd.h defines it, over `count` values of one tensor, in one
/// pass: with d = g + weight_decay*p and m = momentum*m + d, p = p - learning_rate*(d + momentum*m), or p -
/// learning_rate*m without Nesterov.
struct SgdStep {
  float learning_rate = 0;
  float momentum = 0;
  float weight_decay = 0;
  bool nesterov = false;
};

void sgd_step(const SgdStep& step, const float* gradient, std::size_t count, float* momentum, float* value);

}  // namespace tse::cpu
