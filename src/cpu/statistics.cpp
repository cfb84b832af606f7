#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/statistics.cpp"
// clang-format off: the first says which targets the second is to visit
#include "targets.h"
#include <hwy/foreach_target.h>
// clang-format on

#include "simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tse::cpu {
namespace HWY_NAMESPACE {

// Sums run down columns: values `row` apart are of the same channel, and a column of 64 of them stays in registers.
constexpr std::size_t kColumn = 64;

/// sum += x, sum_of_products += x*z down the rows of one column, with x and z as `pair` makes them of an index.
template <class Pair>
HWY_ATTR void sum_column(const Pair& pair, std::size_t rows, float* sum, float* products) {
  constexpr std::size_t kMost = kColumn;  // vectors of one lane, on a machine with none
  const std::size_t step = lanes();
  for (std::size_t first = 0; first < kColumn; first += std::min(kMost, 4 * step)) {
    V s0 = hn::Zero(D()), s1 = s0, s2 = s0, s3 = s0, p0 = s0, p1 = s0, p2 = s0, p3 = s0;
    const std::size_t c1 = std::min(first + step, kColumn - step);
    const std::size_t c2 = std::min(first + 2 * step, kColumn - step);
    const std::size_t c3 = std::min(first + 3 * step, kColumn - step);
    for (std::size_t r = 0; r < rows; ++r) {
      pair(r, first, s0, p0);
      pair(r, c1, s1, p1);
      pair(r, c2, s2, p2);
      pair(r, c3, s3, p3);
    }
    store(s0, sum + first), store(p0, products + first);
    store(s1, sum + c1), store(p1, products + c1);
    store(s2, sum + c2), store(p2, products + c2);
    store(s3, sum + c3), store(p3, products + c3);
  }
}

/// Adds what stands at i of each row to channel i % channels.
HWY_ATTR void fold(const std::vector<float>& rows, int channels, float* to) {
  std::fill_n(to, channels, 0.0F);
  for (std::size_t i = 0; i < rows.size(); ++i) to[i % static_cast<std::size_t>(channels)] += rows[i];
}

inline float value_of(float x) { return x; }
inline float value_of(std::uint16_t x) {
  const std::uint32_t raw = std::uint32_t{x} << 16;
  float value = 0;
  std::memcpy(&value, &raw, sizeof value);
  return value;
}

/// Near the mean of each channel: that of a few pixels all over the block. Squares of distances from there lose
/// nothing.
template <class T>
void guess_means(const T* y, std::size_t count, std::size_t channels, float* pivot) {
  constexpr std::size_t kMost = 16;
  const std::size_t pixels = count / channels;
  const std::size_t few = std::min(kMost, pixels);
  std::fill_n(pivot, channels, 0.0F);
  for (std::size_t i = 0; i < few; ++i) {
    const T* const pixel = y + i * pixels / few * channels;
    for (std::size_t c = 0; c < channels; ++c) pivot[c] += value_of(pixel[c]) / static_cast<float>(few);
  }
}

template <class T>
HWY_ATTR void moments_of(const T* y, std::size_t count, int channels, float* pivot, float* first, float* second) {
  const std::size_t row = std::lcm(static_cast<std::size_t>(channels), kColumn);
  std::vector<float> shift(row);
  guess_means(y, count, static_cast<std::size_t>(channels), pivot);
  for (std::size_t i = 0; i < row; ++i) shift[i] = pivot[i % static_cast<std::size_t>(channels)];
  const std::size_t rows = count / row;
  std::vector<float> sums(row), squares(row);
  for (std::size_t column = 0; column < row; column += kColumn) {
    const T* const from = y + column;
    const float* const pivots = shift.data() + column;
    const auto pair = [from, pivots, row](std::size_t r, std::size_t i, V& s, V& p) HWY_ATTR {
      const V centered = hn::Sub(load(from + r * row + i), load(pivots + i));
      s = hn::Add(s, centered);
      p = hn::MulAdd(centered, centered, p);
    };
    sum_column(pair, rows, sums.data() + column, squares.data() + column);
  }
  for (std::size_t i = rows * row; i < count; ++i) {
    const float centered = value_of(y[i]) - shift[i % row];
    sums[i % row] += centered;
    squares[i % row] += centered * centered;
  }
  fold(sums, channels, first);
  fold(squares, channels, second);
}

template <class T>
HWY_ATTR void reduce_of(const T* g, const T* y, std::size_t count, int channels, const float* mean, float* sum_g,
                        float* sum_gy) {
  const std::size_t row = std::lcm(static_cast<std::size_t>(channels), kColumn);  // a tile is whole rows
  const std::size_t rows = count / row;
  std::vector<float> sums(row), products(row);
  for (std::size_t column = 0; column < row; column += kColumn) {
    const T* const gs = g + column;
    const T* const ys = y + column;
    const float* const means = mean + column;
    const auto pair = [gs, ys, means, row](std::size_t r, std::size_t i, V& s, V& p) HWY_ATTR {
      const V gradient = load(gs + r * row + i);
      s = hn::Add(s, gradient);
      p = hn::MulAdd(gradient, hn::Sub(load(ys + r * row + i), load(means + i)), p);
    };
    sum_column(pair, rows, sums.data() + column, products.data() + column);
  }
  for (std::size_t i = rows * row; i < count; ++i) {
    const float gradient = value_of(g[i]);
    sums[i % row] += gradient;
    products[i % row] += gradient * (value_of(y[i]) - mean[i % row]);
  }
  fold(sums, channels, sum_g);
  fold(products, channels, sum_gy);
}

HWY_ATTR void moments_any(Storage storage, const void* y, std::size_t count, int channels, float* pivot, float* first,
                          float* second) {
  if (storage == Storage::bf16) {
    return moments_of(static_cast<const std::uint16_t*>(y), count, channels, pivot, first, second);
  }
  moments_of(static_cast<const float*>(y), count, channels, pivot, first, second);
}

HWY_ATTR void reduce_any(Storage storage, const void* g, const void* y, std::size_t count, int channels,
                         const float* mean, float* sum_g, float* sum_gy) {
  if (storage == Storage::bf16) {
    return reduce_of(static_cast<const std::uint16_t*>(g), static_cast<const std::uint16_t*>(y), count, channels, mean,
                     sum_g, sum_gy);
  }
  reduce_of(static_cast<const float*>(g), static_cast<const float*>(y), count, channels, mean, sum_g, sum_gy);
}

}  // namespace HWY_NAMESPACE
}  // namespace tse::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tse::cpu {

HWY_EXPORT(moments_any);
HWY_EXPORT(reduce_any);

void moments(Storage storage, const void* y, std::size_t count, int channels, float* pivot, float* first,
             float* second) {
  HWY_DYNAMIC_DISPATCH(moments_any)(storage, y, count, channels, pivot, first, second);
}

void reduce(Storage storage, const void* g, const void* y, std::size_t count, int channels, const float* mean,
            float* sum_g, float* sum_gy) {
  HWY_DYNAMIC_DISPATCH(reduce_any)(storage, g, y, count, channels, mean, sum_g, sum_gy);
}

}  // namespace tse::cpu
#endif
