#pragma once

#include <compare>
#include <memory>
#include <string>

#include "kernels.h"

namespace tse::cpu {

struct ConvolutionShape {
  int in = 0;
  int height = 0;
  int width = 0;
  int out = 0;
  int out_height = 0;
  int out_width = 0;
  int kernel = 1;
  int stride = 1;
  int padding = 0;
  int dilation = 1;
  int groups = 1;
  bool bias = false;

  auto operator<=>(const ConvolutionShape&) const = default;
};

/// One convolution of a network, forward and backward, by oneDNN; a depthwise one by code of our own. Activations are
/// channels-last; weights and their gradient are fp32 in the order (out, height, width, in), which is libtorch's
/// channels-last.
class Convolution {
 public:
  /// `lanes` is how many threads may use it at once, each with a lane number of its own.
  Convolution(const ConvolutionShape& shape, Storage storage, bool input_gradient, int lanes);
  ~Convolution();
  Convolution(Convolution&&) noexcept;

  /// Makes what is needed for so many images at a time. Not to be called while another thread uses the object.
  void prepare(int images, bool training);

  /// For another network from here on, which will prepare it anew; what is made already stays made.
  void rest();

  /// Takes new weights, and a bias (out) where the shape says one; the gradients start at zero.
  void begin(const float* weights, const float* bias = nullptr);

  void forward(int lane, int images, const void* x, void* y);

  /// dx may be null. The gradients of weights and bias are added up per lane.
  void backward(int lane, int images, const void* x, const void* dy, void* dx);

  /// The sums of all lanes' gradients.
  void finish(float* gradient, float* bias_gradient = nullptr);

  /// The names of oneDNN's implementations, for people who ask why something is slow.
  std::string implementations() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tse::cpu
