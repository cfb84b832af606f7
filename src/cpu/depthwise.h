#pragma once

#include <vector>

#include "convolution.h"
#include "kernels.h"

namespace tse::cpu {

/// Whether each channel is convolved by itself, without a bias, which no space's depthwise convolutions have.
inline bool is_depthwise(const ConvolutionShape& shape) {
  return !shape.bias && shape.groups > 1 && shape.groups == shape.in && shape.groups == shape.out;
}

/// A depthwise convolution, forward and backward, in Convolution's terms: oneDNN has fast code for a few of them only,
/// and for the gradients of 5x5 windows or of dilated ones takes a hundred times as long.
class Depthwise {
 public:
  Depthwise(const ConvolutionShape& shape, Storage storage, int lanes);

  void begin(const float* weights);
  void forward(int images, const void* x, void* y) const;
  void backward(int lane, int images, const void* x, const void* dy, void* dx);
  void finish(float* gradient) const;

 private:
  std::size_t taps() const { return static_cast<std::size_t>(shape_.kernel * shape_.kernel); }
  std::size_t channels() const { return static_cast<std::size_t>(shape_.in); }

  ConvolutionShape shape_;
  Storage storage_;
  std::vector<float> weights_;            // (kernel, kernel, channels)
  std::vector<std::vector<float>> sums_;  // of the weights' gradient, by lane, in the same order
};

}  // namespace tse::cpu
