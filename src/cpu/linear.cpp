#include "linear.h"

#include <algorithm>

#include "kernels.h"

namespace tse::cpu {

Linear::Linear(int in, int out, int lanes)
    : in_(static_cast<std::size_t>(in)),
      out_(static_cast<std::size_t>(out)),
      sums_(static_cast<std::size_t>(lanes), std::vector<float>((in_ + 1) * out_)) {}

void Linear::begin(const float* weight, const float* bias) {
  weight_ = weight;
  bias_ = bias;
  for (auto& sum : sums_) std::ranges::fill(sum, 0.0F);
}

void Linear::forward(int images, const float* x, float* y) const {
  for (int image = 0; image < images; ++image, x += in_, y += out_) {
    for (std::size_t o = 0; o < out_; ++o) {
      float sum = bias_[o];
      for (std::size_t i = 0; i < in_; ++i) sum += weight_[o * in_ + i] * x[i];
      y[o] = sum;
    }
  }
}

void Linear::backward(int lane, int images, const float* x, const float* dy, float* dx) {
  float* const sum = sums_[static_cast<std::size_t>(lane)].data();
  for (int image = 0; image < images; ++image, x += in_, dy += out_) {
    if (dx != nullptr) std::fill_n(dx, in_, 0.0F);
    for (std::size_t o = 0; o < out_; ++o) {
      for (std::size_t i = 0; i < in_; ++i) sum[o * in_ + i] += dy[o] * x[i];
      sum[out_ * in_ + o] += dy[o];
      if (dx == nullptr) continue;
      for (std::size_t i = 0; i < in_; ++i) dx[i] += dy[o] * weight_[o * in_ + i];
    }
    if (dx != nullptr) dx += in_;
  }
}

void Linear::finish(float* weight_gradient, float* bias_gradient) {
  std::vector<float>& total = sums_[0];
  for (std::size_t lane = 1; lane < sums_.size(); ++lane) accumulate(sums_[lane].data(), total.size(), total.data());
  std::copy_n(total.data(), in_ * out_, weight_gradient);
  std::copy_n(total.data() + in_ * out_, out_, bias_gradient);
}

}  // namespace tse::cpu
