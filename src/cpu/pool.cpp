#include <algorithm>
#include <vector>

#include "kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/pool.cpp"
// clang-format off: the first says which targets the second is to visit
#include "targets.h"
#include <hwy/foreach_target.h>
// clang-format on

#include "simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tse::cpu {
namespace HWY_NAMESPACE {

/// 1 over the pixels of a row or column that the window at `i` of the output covers.
inline float share(const Window& w, int i, int size) {
  const int first = std::max(0, i * w.stride - w.padding);
  const int last = std::min(size, i * w.stride - w.padding + w.kernel);
  return 1.0F / static_cast<float>(std::max(1, last - first));
}

/// to = the sum of `rows`, each scaled, times `by`.
template <class T>
HWY_ATTR void add_rows(const std::vector<const T*>& rows, const std::vector<float>& scales, const float* by,
                       std::size_t length, float* to) {
  const std::size_t step = lanes();
  const D d;
  std::size_t i = 0;
  for (; i + step <= length; i += step) {
    V sum = hn::Zero(d);
    for (std::size_t r = 0; r < rows.size(); ++r) sum = hn::MulAdd(load(rows[r] + i), hn::Set(d, scales[r]), sum);
    store(hn::Mul(sum, load(by + i)), to + i);
  }
  if (i == length) return;
  V sum = hn::Zero(d);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    sum = hn::MulAdd(load_some(rows[r] + i, length - i), hn::Set(d, scales[r]), sum);
  }
  store_some(hn::Mul(sum, load_some(by + i, length - i)), to + i, length - i);
}

/// to[i] = (from[i] + from[i + channels] + from[i + 2*channels]) * by[i]: a window of three that slides by one pixel.
template <class T>
HWY_ATTR void slide_by_one(const float* from, const float* by, std::size_t length, std::size_t channels, T* to) {
  const std::size_t step = lanes();
  std::size_t i = 0;
  for (; i + step <= length; i += step) {
    const V sum = hn::Add(hn::Add(load(from + i), load(from + i + channels)), load(from + i + 2 * channels));
    store(hn::Mul(sum, load(by + i)), to + i);
  }
  if (i == length) return;
  const std::size_t rest = length - i;
  const V sum = hn::Add(hn::Add(load_some(from + i, rest), load_some(from + i + channels, rest)),
                        load_some(from + i + 2 * channels, rest));
  store_some(hn::Mul(sum, load_some(by + i, rest)), to + i, rest);
}

/// The windows of one row, each times `by`: `sums` has `padding` pixels of zeros before it and `kernel` behind.
inline void slide(const Window& w, const float* sums, const float* by, float* to) {
  const auto c = static_cast<std::size_t>(w.channels);
  for (int x = 0; x < w.out_width; ++x) {
    const float* const first = sums + static_cast<std::size_t>(x * w.stride) * c;
    float* const out = to + static_cast<std::size_t>(x) * c;
    std::copy_n(first, c, out);
    for (int k = 1; k < w.kernel; ++k) {
      for (std::size_t i = 0; i < c; ++i) out[i] += first[static_cast<std::size_t>(k) * c + i];
    }
    for (std::size_t i = 0; i < c; ++i) out[i] *= by[static_cast<std::size_t>(x) * c + i];
  }
}

/// Gives what each window of one row holds to the pixels it covers; `to` as `sums` in slide.
inline void spread(const Window& w, const float* windows, float* to) {
  const auto c = static_cast<std::size_t>(w.channels);
  for (int x = 0; x < w.out_width; ++x) {
    const float* const from = windows + static_cast<std::size_t>(x) * c;
    float* const first = to + static_cast<std::size_t>(x * w.stride) * c;
    for (int k = 0; k < w.kernel; ++k) {
      for (std::size_t i = 0; i < c; ++i) first[static_cast<std::size_t>(k) * c + i] += from[i];
    }
  }
}

/// Rooms for the rows of one call.
struct Rows {
  explicit Rows(const Window& w)
      : channels(static_cast<std::size_t>(w.channels)),
        in(static_cast<std::size_t>(w.width) * channels),
        out(static_cast<std::size_t>(w.out_width) * channels),
        shares(out),
        ones(std::max(in, out), 1.0F),
        padded(in + static_cast<std::size_t>(w.padding + w.kernel + w.stride) * channels),
        windows(out) {
    for (std::size_t i = 0; i < out; ++i) shares[i] = share(w, static_cast<int>(i / channels), w.width);
  }
  std::size_t channels, in, out;
  std::vector<float> shares;  // of each value of an output row
  std::vector<float> ones;
  std::vector<float> padded;
  std::vector<float> windows;
};

template <class T>
HWY_ATTR void write_row(const std::vector<float>& from, std::size_t skip, std::size_t length, T* to) {
  const std::size_t step = lanes();
  const float* const first = from.data() + skip;
  std::size_t i = 0;
  for (; i + step <= length; i += step) store(load(first + i), to + i);
  if (i < length) store_some(load_some(first + i, length - i), to + i, length - i);
}

template <class T>
HWY_ATTR void average(const Window& w, int images, const T* from, T* to) {
  Rows rooms(w);
  const bool by_one = w.kernel == 3 && w.stride == 1 && w.padding == 1;
  const std::size_t margin = static_cast<std::size_t>(w.padding) * rooms.channels;
  std::vector<const T*> rows;
  std::vector<float> scales;
  for (int image = 0; image < images; ++image) {
    const T* const in = from + static_cast<std::size_t>(image * w.height) * rooms.in;
    T* const out = to + static_cast<std::size_t>(image * w.out_height) * rooms.out;
    for (int y = 0; y < w.out_height; ++y) {
      rows.clear();
      const int top = y * w.stride - w.padding;
      for (int near = std::max(0, top); near < std::min(w.height, top + w.kernel); ++near) {
        rows.push_back(in + static_cast<std::size_t>(near) * rooms.in);
      }
      scales.assign(rows.size(), share(w, y, w.height));
      add_rows(rows, scales, rooms.ones.data(), rooms.in, rooms.padded.data() + margin);
      T* const row = out + static_cast<std::size_t>(y) * rooms.out;
      if (by_one) {
        slide_by_one(rooms.padded.data(), rooms.shares.data(), rooms.out, rooms.channels, row);
      } else {
        slide(w, rooms.padded.data(), rooms.shares.data(), rooms.windows.data());
        write_row(rooms.windows, 0, rooms.out, row);
      }
    }
  }
}

template <class T>
HWY_ATTR void average_gradient(const Window& w, int images, const T* from, T* to) {
  Rows rooms(w);
  const bool by_one = w.kernel == 3 && w.stride == 1 && w.padding == 1;
  const std::size_t margin = static_cast<std::size_t>(w.padding) * rooms.channels;
  std::vector<const T*> rows;
  std::vector<float> scales;
  for (int image = 0; image < images; ++image) {
    const T* const in = from + static_cast<std::size_t>(image * w.out_height) * rooms.out;
    T* const out = to + static_cast<std::size_t>(image * w.height) * rooms.in;
    for (int y = 0; y < w.height; ++y) {
      rows.clear();
      scales.clear();
      for (int window = 0; window < w.out_height; ++window) {
        const int top = window * w.stride - w.padding;
        if (y < top || y >= top + w.kernel) continue;
        rows.push_back(in + static_cast<std::size_t>(window) * rooms.out);
        scales.push_back(share(w, window, w.height));
      }
      T* const row = out + static_cast<std::size_t>(y) * rooms.in;
      if (by_one) {
        // the window is its own mirror image, so the gradient is a sliding sum too
        float* const middle = rooms.padded.data() + rooms.channels;
        add_rows(rows, scales, rooms.shares.data(), rooms.out, middle);
        slide_by_one(rooms.padded.data(), rooms.ones.data(), rooms.in, rooms.channels, row);
      } else {
        add_rows(rows, scales, rooms.shares.data(), rooms.out, rooms.windows.data());
        std::fill(rooms.padded.begin(), rooms.padded.end(), 0.0F);
        spread(w, rooms.windows.data(), rooms.padded.data());
        write_row(rooms.padded, margin, rooms.in, row);
      }
    }
  }
}

template <class T>
HWY_ATTR void global_average(const T* from, int images, std::size_t pixels, std::size_t channels, float* to) {
  const std::size_t step = lanes();
  const V scale = hn::Set(D(), 1.0F / static_cast<float>(pixels));
  for (int image = 0; image < images; ++image, from += pixels * channels, to += channels) {
    std::size_t c = 0;
    for (; c + step <= channels; c += step) {
      V sum = hn::Zero(D());
      for (std::size_t p = 0; p < pixels; ++p) sum = hn::Add(sum, load(from + p * channels + c));
      store(hn::Mul(sum, scale), to + c);
    }
    if (c == channels) continue;
    V sum = hn::Zero(D());
    for (std::size_t p = 0; p < pixels; ++p) sum = hn::Add(sum, load_some(from + p * channels + c, channels - c));
    store_some(hn::Mul(sum, scale), to + c, channels - c);
  }
}

template <class T>
HWY_ATTR void global_average_gradient(const float* from, int images, std::size_t pixels, std::size_t channels, T* to) {
  const std::size_t step = lanes();
  const V scale = hn::Set(D(), 1.0F / static_cast<float>(pixels));
  for (int image = 0; image < images; ++image, from += channels, to += pixels * channels) {
    std::size_t c = 0;
    for (; c + step <= channels; c += step) {
      const V value = hn::Mul(load(from + c), scale);
      for (std::size_t p = 0; p < pixels; ++p) store(value, to + p * channels + c);
    }
    if (c == channels) continue;
    const V value = hn::Mul(load_some(from + c, channels - c), scale);
    for (std::size_t p = 0; p < pixels; ++p) store_some(value, to + p * channels + c, channels - c);
  }
}

HWY_ATTR void average_any(Storage storage, const Window& w, int images, bool gradient, const void* from, void* to) {
  const auto run = [&](const auto* in, auto* out) HWY_ATTR {
    if (gradient) return average_gradient(w, images, in, out);
    average(w, images, in, out);
  };
  if (storage == Storage::bf16) return run(static_cast<const std::uint16_t*>(from), static_cast<std::uint16_t*>(to));
  run(static_cast<const float*>(from), static_cast<float*>(to));
}

HWY_ATTR void global_any(Storage storage, const void* from, int images, std::size_t pixels, std::size_t channels,
                         float* to) {
  if (storage == Storage::bf16) {
    return global_average(static_cast<const std::uint16_t*>(from), images, pixels, channels, to);
  }
  global_average(static_cast<const float*>(from), images, pixels, channels, to);
}

HWY_ATTR void global_gradient_any(Storage storage, const float* from, int images, std::size_t pixels,
                                  std::size_t channels, void* to) {
  if (storage == Storage::bf16) {
    return global_average_gradient(from, images, pixels, channels, static_cast<std::uint16_t*>(to));
  }
  global_average_gradient(from, images, pixels, channels, static_cast<float*>(to));
}

}  // namespace HWY_NAMESPACE
}  // namespace tse::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tse::cpu {

HWY_EXPORT(average_any);
HWY_EXPORT(global_any);
HWY_EXPORT(global_gradient_any);

void average(Storage storage, const Window& window, int images, bool gradient, const void* from, void* to) {
  HWY_DYNAMIC_DISPATCH(average_any)(storage, window, images, gradient, from, to);
}

void global_average(Storage storage, const void* from, int images, std::size_t pixels, std::size_t channels,
                    float* to) {
  HWY_DYNAMIC_DISPATCH(global_any)(storage, from, images, pixels, channels, to);
}

void global_average_gradient(Storage storage, const float* from, int images, std::size_t pixels, std::size_t channels,
                             void* to) {
  HWY_DYNAMIC_DISPATCH(global_gradient_any)(storage, from, images, pixels, channels, to);
}

}  // namespace tse::cpu
#endif
