#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <vector>

#include "cpu/kernels.h"
#include "tse/base/random.h"

namespace tse::cpu {

/// The nearest bf16, by the definition: the upper 16 bits of a float, to even where two are as near.
inline float rounded_to_bf16(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  const std::uint32_t below = bits & 0xFFFF;
  bits &= 0xFFFF0000;
  if (below > 0x8000 || (below == 0x8000 && (bits & 0x10000) != 0)) bits += 0x10000;
  std::memcpy(&value, &bits, sizeof bits);
  return value;
}

/// Activations as the kernels read and write them.
class Activations {
 public:
  Activations(Storage storage, std::size_t count) : storage_(storage), count_(count), data_(count * bytes(storage)) {}
  Activations(Storage storage, const std::vector<float>& values) : Activations(storage, values.size()) {
    for (std::size_t i = 0; i < count_; ++i) {
      if (storage_ == Storage::fp32) {
        std::memcpy(data_.data() + 4 * i, &values[i], 4);
      } else {
        const float rounded = rounded_to_bf16(values[i]);
        std::memcpy(data_.data() + 2 * i, reinterpret_cast<const char*>(&rounded) + 2, 2);
      }
    }
  }
  void* data() { return data_.data(); }
  std::vector<float> values() const {
    std::vector<float> list(count_);
    for (std::size_t i = 0; i < count_; ++i) {
      if (storage_ == Storage::fp32) {
        std::memcpy(&list[i], data_.data() + 4 * i, 4);
      } else {
        std::memcpy(reinterpret_cast<char*>(&list[i]) + 2, data_.data() + 2 * i, 2);
      }
    }
    return list;
  }

 private:
  Storage storage_;
  std::size_t count_;
  std::vector<unsigned char> data_;  // no spare byte: a kernel that reads past the end is found by the sanitizer
};

/// Uniform in [-1, 1]; exact in bf16 where `storage` says so, so that only arithmetic can differ.
inline std::vector<float> random_values(std::size_t count, Stream& stream, Storage storage = Storage::fp32) {
  std::vector<float> values(count);
  for (float& value : values) {
    value = static_cast<float>(2 * stream.unit() - 1);
    if (storage == Storage::bf16) value = rounded_to_bf16(value);
  }
  return values;
}

/// How far a result may be from the exact one whose terms are of magnitude `scale`.
inline double tolerance(Storage storage, double scale) { return scale * (storage == Storage::bf16 ? 1.0 / 256 : 2e-6); }

using Function = std::function<std::vector<double>(const std::vector<double>&)>;

/// The gradient of sum(weights * function(x)) by central differences in float64.
inline std::vector<double> by_differences(const Function& function, std::vector<double> x,
                                          const std::vector<double>& weights) {
  const auto weighted = [&] {
    double sum = 0;
    const std::vector<double> y = function(x);
    for (std::size_t i = 0; i < y.size(); ++i) sum += weights[i] * y[i];
    return sum;
  };
  std::vector<double> gradient;
  constexpr double kStep = 1e-5;
  for (double& value : x) {
    const double middle = value;
    value = middle + kStep;
    const double above = weighted();
    value = middle - kStep;
    const double below = weighted();
    value = middle;
    gradient.push_back((above - below) / (2 * kStep));
  }
  return gradient;
}

inline std::vector<double> doubles(const std::vector<float>& values) { return {values.begin(), values.end()}; }

}  // namespace tse::cpu
