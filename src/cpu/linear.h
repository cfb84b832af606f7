#pragma once

#include <cstddef>
#include <vector>

namespace tse::cpu {

/// A linear layer with bias, in fp32: x is (images, in), y is (images, out), the weight is (out, in). Such layers are
/// small here: they end networks.
class Linear {
 public:
  Linear(int in, int out, int lanes);

  void begin(const float* weight, const float* bias);
  void forward(int images, const float* x, float* y) const;

  /// dx may be null. Gradients of weight and bias are added up per lane.
  void backward(int lane, int images, const float* x, const float* dy, float* dx);
  void finish(float* weight_gradient, float* bias_gradient);

 private:
  std::size_t in_;
  std::size_t out_;
  const float* weight_ = nullptr;
  const float* bias_ = nullptr;
  std::vector<std::vector<float>> sums_;  // by lane: weight, then bias
};

}  // namespace tse::cpu
