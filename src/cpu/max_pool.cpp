#include <algorithm>
#include <limits>
#include <vector>

#include "kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/max_pool.cpp"
// clang-format off: the first says which targets the second is to visit
#include "targets.h"
#include <hwy/foreach_target.h>
// clang-format on

#include "simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tse::cpu {
namespace HWY_NAMESPACE {

/// What the window at (y,x) of the output covers of the image.
struct Covered {
  int top, bottom, left, right;

  Covered(const Window& w, int y, int x)
      : top(std::max(0, y * w.stride - w.padding)),
        bottom(std::min(w.height, y * w.stride - w.padding + w.kernel)),
        left(std::max(0, x * w.stride - w.padding)),
        right(std::min(w.width, x * w.stride - w.padding + w.kernel)) {}

  template <class Visit>
  HWY_ATTR void each(const Window& w, const Visit& visit) const {
    for (int row = top; row < bottom; ++row) {
      for (int column = left; column < right; ++column) {
        visit(static_cast<std::size_t>(row * w.width + column) * static_cast<std::size_t>(w.channels));
      }
    }
  }
};

/// Calls visit(first channel, load, store) for each vector of a pixel's channels.
template <class Visit>
HWY_ATTR void each_vector(std::size_t channels, const Visit& visit) {
  const std::size_t step = lanes();
  std::size_t c = 0;
  const auto whole_load = [](const auto* from) HWY_ATTR { return load(from); };
  const auto whole_store = [](V value, auto* to) HWY_ATTR { store(value, to); };
  for (; c + step <= channels; c += step) visit(c, whole_load, whole_store);
  if (c == channels) return;
  const std::size_t rest = channels - c;
  visit(
      c, [rest](const auto* from) HWY_ATTR { return load_some(from, rest); },
      [rest](V value, auto* to) HWY_ATTR { store_some(value, to, rest); });
}

template <class T>
HWY_ATTR void maximum_of(const Window& w, int images, const T* x, T* y) {
  const auto channels = static_cast<std::size_t>(w.channels);
  const std::size_t pixels = static_cast<std::size_t>(w.height * w.width);
  for (int image = 0; image < images; ++image, x += pixels * channels) {
    for (int row = 0; row < w.out_height; ++row) {
      for (int column = 0; column < w.out_width; ++column, y += channels) {
        const Covered covered(w, row, column);
        each_vector(channels, [&](std::size_t c, const auto& from, const auto& put) HWY_ATTR {
          V most = hn::Set(D(), -std::numeric_limits<float>::infinity());
          covered.each(w, [&](std::size_t at) HWY_ATTR {
            const V value = from(x + at + c);
            // NaN wins
            most = hn::IfThenElse(hn::Or(hn::Gt(value, most), hn::Ne(value, value)), value, most);
          });
          put(most, y + c);
        });
      }
    }
  }
}

template <class T>
HWY_ATTR void maximum_gradient_of(const Window& w, int images, const T* x, const T* y, const T* dy, T* dx) {
  const auto channels = static_cast<std::size_t>(w.channels);
  const std::size_t count = static_cast<std::size_t>(w.height * w.width) * channels;
  std::vector<float> sums(count);
  for (int image = 0; image < images; ++image, x += count, dx += count) {
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (int row = 0; row < w.out_height; ++row) {
      for (int column = 0; column < w.out_width; ++column, y += channels, dy += channels) {
        const Covered covered(w, row, column);
        each_vector(channels, [&](std::size_t c, const auto& from, const auto& put) HWY_ATTR {
          const V most = from(y + c);
          V left = from(dy + c);  // to be given away, once
          covered.each(w, [&](std::size_t at) HWY_ATTR {
            float* const to = sums.data() + at + c;
            const auto first = hn::Eq(from(x + at + c), most);
            put(hn::Add(from(to), hn::IfThenElseZero(first, left)), to);
            left = hn::IfThenZeroElse(first, left);
          });
        });
      }
    }
    store_values(sizeof(T) == 2 ? Storage::bf16 : Storage::fp32, sums.data(), count, dx);
  }
}

HWY_ATTR void maximum_any(Storage storage, const Window& w, int images, const void* x, void* y) {
  if (storage == Storage::bf16) {
    return maximum_of(w, images, static_cast<const std::uint16_t*>(x), static_cast<std::uint16_t*>(y));
  }
  maximum_of(w, images, static_cast<const float*>(x), static_cast<float*>(y));
}

HWY_ATTR void maximum_gradient_any(Storage storage, const Window& w, int images, const void* x, const void* y,
                                   const void* dy, void* dx) {
  const auto run = [&](auto* to) HWY_ATTR {
    using T = std::remove_pointer_t<decltype(to)>;
    maximum_gradient_of(w, images, static_cast<const T*>(x), static_cast<const T*>(y), static_cast<const T*>(dy), to);
  };
  if (storage == Storage::bf16) return run(static_cast<std::uint16_t*>(dx));
  run(static_cast<float*>(dx));
}

}  // namespace HWY_NAMESPACE
}  // namespace tse::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tse::cpu {

HWY_EXPORT(maximum_any);
HWY_EXPORT(maximum_gradient_any);

void maximum(Storage storage, const Window& window, int images, const void* x, void* y) {
  HWY_DYNAMIC_DISPATCH(maximum_any)(storage, window, images, x, y);
}

void maximum_gradient(Storage storage, const Window& window, int images, const void* x, const void* y, const void* dy,
                      void* dx) {
  HWY_DYNAMIC_DISPATCH(maximum_gradient_any)(storage, window, images, x, y, dy, dx);
}

}  // namespace tse::cpu
#endif
