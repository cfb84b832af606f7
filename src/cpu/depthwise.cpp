#include "depthwise.h"

#include <algorithm>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/depthwise.cpp"
// clang-format off: the first says which targets the second is to visit
#include "targets.h"
#include <hwy/foreach_target.h>
// clang-format on

#include "simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tse::cpu {
namespace HWY_NAMESPACE {

/// Where one row or column of a window lies, seen from the output (of pixel `i`) or from the input.
struct Along {
  int kernel, stride, padding, dilation, in, out;

  /// The pixel of the input that tap `t` of output `i` reads, or -1.
  int read(int i, int t) const {
    const int at = i * stride - padding + t * dilation;
    return at >= 0 && at < in ? at : -1;
  }
  /// The output that reads input `i` by its tap `t`, or -1.
  int reader(int i, int t) const {
    const int at = i + padding - t * dilation;
    return at >= 0 && at % stride == 0 && at / stride < out ? at / stride : -1;
  }
  /// The outputs from `first` to below `last` whose tap `t` reads a pixel of the input.
  void readers(int t, int& first, int& last) const {
    first = 0;
    last = out;
    while (first < last && read(first, t) < 0) ++first;
    while (last > first && read(last - 1, t) < 0) --last;
  }
};

inline Along vertical(const ConvolutionShape& s) {
  return {s.kernel, s.stride, s.padding, s.dilation, s.height, s.out_height};
}
inline Along horizontal(const ConvolutionShape& s) {
  return {s.kernel, s.stride, s.padding, s.dilation, s.width, s.out_width};
}

/// What `place` finds for each pixel along a side and each tap.
template <class Place>
std::vector<int> table(const Along& along, int length, const Place& place) {
  std::vector<int> list;
  for (int i = 0; i < length; ++i) {
    for (int t = 0; t < along.kernel; ++t) list.push_back(place(along, i, t));
  }
  return list;
}

/// A pixel that is read, and the tap it is multiplied with; in values.
struct Read {
  std::size_t pixel, tap;
};

/// Each pixel of `to` is the sum over the taps of weight times the pixel of `from` that `place` finds, if any.
template <class T, class Place>
HWY_ATTR void gather(const ConvolutionShape& s, int images, const float* weights, const T* from, int from_height,
                     int from_width, T* to, int to_height, int to_width, const Place& place) {
  const auto channels = static_cast<std::size_t>(s.in);
  const std::size_t step = lanes();
  const int kernel = s.kernel;
  const std::vector<int> rows = table(vertical(s), to_height, place);
  const std::vector<int> columns = table(horizontal(s), to_width, place);
  std::vector<Read> reads(static_cast<std::size_t>(kernel * kernel));
  for (int image = 0; image < images; ++image, from += static_cast<std::size_t>(from_height * from_width) * channels) {
    for (int y = 0; y < to_height; ++y) {
      const int* const row = rows.data() + y * kernel;
      for (int x = 0; x < to_width; ++x, to += channels) {
        const int* const column = columns.data() + x * kernel;
        std::size_t count = 0;
        for (int i = 0; i < kernel; ++i) {
          for (int j = 0; j < kernel && row[i] >= 0; ++j) {
            if (column[j] < 0) continue;
            reads[count++] = {static_cast<std::size_t>(row[i] * from_width + column[j]) * channels,
                              static_cast<std::size_t>(i * kernel + j) * channels};
          }
        }
        const auto sum_at = [&](std::size_t c, const auto& get) HWY_ATTR {
          V s0 = hn::Zero(D()), s1 = s0;
          std::size_t r = 0;
          for (; r + 2 <= count; r += 2) {
            s0 = hn::MulAdd(get(from + reads[r].pixel + c), get(weights + reads[r].tap + c), s0);
            s1 = hn::MulAdd(get(from + reads[r + 1].pixel + c), get(weights + reads[r + 1].tap + c), s1);
          }
          if (r < count) s0 = hn::MulAdd(get(from + reads[r].pixel + c), get(weights + reads[r].tap + c), s0);
          return hn::Add(s0, s1);
        };
        std::size_t c = 0;
        for (; c + step <= channels; c += step) {
          store(sum_at(c, [](const auto* p) HWY_ATTR { return load(p); }), to + c);
        }
        if (c == channels) continue;
        const std::size_t rest = channels - c;
        store_some(sum_at(c, [rest](const auto* p) HWY_ATTR { return load_some(p, rest); }), to + c, rest);
      }
    }
  }
}

/// sum += x*dy over the outputs of a row whose tap reads a pixel; `apart` values lie between pixels read.
template <class T, class Get>
HWY_ATTR V row_product(const T* x, std::size_t apart, const T* dy, std::size_t channels, int count, const Get& get) {
  V s0 = hn::Zero(D()), s1 = s0, s2 = s0, s3 = s0;
  int i = 0;
  for (; i + 4 <= count; i += 4, x += 4 * apart, dy += 4 * channels) {
    s0 = hn::MulAdd(get(x), get(dy), s0);
    s1 = hn::MulAdd(get(x + apart), get(dy + channels), s1);
    s2 = hn::MulAdd(get(x + 2 * apart), get(dy + 2 * channels), s2);
    s3 = hn::MulAdd(get(x + 3 * apart), get(dy + 3 * channels), s3);
  }
  for (; i < count; ++i, x += apart, dy += channels) s0 = hn::MulAdd(get(x), get(dy), s0);
  return hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
}

template <class T>
HWY_ATTR void weight_gradient(const ConvolutionShape& s, int images, const T* x, const T* dy, float* sums) {
  const auto channels = static_cast<std::size_t>(s.in);
  const std::size_t step = lanes();
  const Along down = vertical(s);
  const Along across = horizontal(s);
  const std::size_t apart = static_cast<std::size_t>(s.stride) * channels;
  for (int image = 0; image < images; ++image) {
    for (int y = 0; y < s.out_height; ++y, dy += static_cast<std::size_t>(s.out_width) * channels) {
      for (int tap = 0; tap < s.kernel * s.kernel; ++tap) {
        const int row = down.read(y, tap / s.kernel);
        int first = 0;
        int last = 0;
        across.readers(tap % s.kernel, first, last);
        if (row < 0 || first == last) continue;
        const int column = across.read(first, tap % s.kernel);
        const T* const pixels = x + static_cast<std::size_t>((image * s.height + row) * s.width + column) * channels;
        const T* const from = dy + static_cast<std::size_t>(first) * channels;
        float* const to = sums + static_cast<std::size_t>(tap) * channels;
        std::size_t c = 0;
        for (; c + step <= channels; c += step) {
          const auto get = [](const T* p) HWY_ATTR { return load(p); };
          store(hn::Add(load(to + c), row_product(pixels + c, apart, from + c, channels, last - first, get)), to + c);
        }
        if (c == channels) continue;
        const std::size_t rest = channels - c;
        const auto get = [rest](const T* p) HWY_ATTR { return load_some(p, rest); };
        const V product = row_product(pixels + c, apart, from + c, channels, last - first, get);
        store_some(hn::Add(load_some(to + c, rest), product), to + c, rest);
      }
    }
  }
}

template <class T>
HWY_ATTR void forward_of(const ConvolutionShape& s, int images, const float* weights, const void* x, void* y) {
  gather(s, images, weights, static_cast<const T*>(x), s.height, s.width, static_cast<T*>(y), s.out_height, s.out_width,
         [](const Along& along, int i, int t) { return along.read(i, t); });
}

template <class T>
HWY_ATTR void backward_of(const ConvolutionShape& s, int images, const float* weights, const void* x, const void* dy,
                          void* dx, float* sums) {
  weight_gradient(s, images, static_cast<const T*>(x), static_cast<const T*>(dy), sums);
  if (dx == nullptr) return;
  gather(s, images, weights, static_cast<const T*>(dy), s.out_height, s.out_width, static_cast<T*>(dx), s.height,
         s.width, [](const Along& along, int i, int t) { return along.reader(i, t); });
}

HWY_ATTR void forward_any(Storage storage, const ConvolutionShape& s, int images, const float* weights, const void* x,
                          void* y) {
  if (storage == Storage::bf16) return forward_of<std::uint16_t>(s, images, weights, x, y);
  forward_of<float>(s, images, weights, x, y);
}

HWY_ATTR void backward_any(Storage storage, const ConvolutionShape& s, int images, const float* weights, const void* x,
                           const void* dy, void* dx, float* sums) {
  if (storage == Storage::bf16) return backward_of<std::uint16_t>(s, images, weights, x, dy, dx, sums);
  backward_of<float>(s, images, weights, x, dy, dx, sums);
}

}  // namespace HWY_NAMESPACE
}  // namespace tse::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tse::cpu {

HWY_EXPORT(forward_any);
HWY_EXPORT(backward_any);

Depthwise::Depthwise(const ConvolutionShape& shape, Storage storage, int lanes)
    : shape_(shape),
      storage_(storage),
      weights_(taps() * channels()),
      sums_(static_cast<std::size_t>(lanes), std::vector<float>(weights_.size())) {}

void Depthwise::begin(const float* weights) {
  for (std::size_t c = 0; c < channels(); ++c) {
    for (std::size_t t = 0; t < taps(); ++t) weights_[t * channels() + c] = weights[c * taps() + t];
  }
  for (auto& sum : sums_) std::ranges::fill(sum, 0.0F);
}

void Depthwise::forward(int images, const void* x, void* y) const {
  HWY_DYNAMIC_DISPATCH(forward_any)(storage_, shape_, images, weights_.data(), x, y);
}

void Depthwise::backward(int lane, int images, const void* x, const void* dy, void* dx) {
  HWY_DYNAMIC_DISPATCH(backward_any)
  (storage_, shape_, images, weights_.data(), x, dy, dx, sums_[static_cast<std::size_t>(lane)].data());
}

void Depthwise::finish(float* gradient) const {
  for (std::size_t c = 0; c < channels(); ++c) {
    for (std::size_t t = 0; t < taps(); ++t) {
      float total = 0;
      for (const auto& sum : sums_) total += sum[t * channels() + c];
      gradient[c * taps() + t] = total;
    }
  }
}

}  // namespace tse::cpu
#endif
