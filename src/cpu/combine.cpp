#include <algorithm>
#include <array>
#include <numeric>

#include "kernels.h"
#include "tse/cpu/sgd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/combine.cpp"
// clang-format off: the first says which targets the second is to visit
#include "targets.h"
#include <hwy/foreach_target.h>
// clang-format on

#include "simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tse::cpu {
namespace HWY_NAMESPACE {

// The longest tile is of 64 * the greatest channel count, but a part of a tile is enough at a time.
constexpr std::size_t kPart = 256;

template <class T, bool kScaled, bool kMasked, bool kFirst>
HWY_ATTR void add_term(const T* x, const float* scale, const float* shift, const T* mask, std::size_t count,
                       float* sum) {
  const std::size_t step = lanes();
  const auto one = [&](V value, V gate, std::size_t i) HWY_ATTR {
    if constexpr (kScaled) value = hn::MulAdd(value, load(scale + i), load(shift + i));
    if constexpr (kMasked) value = keep_positive(value, gate);
    if constexpr (!kFirst) value = hn::Add(value, load(sum + i));
    store(value, sum + i);
  };
  std::size_t i = 0;
  for (; i + step <= count; i += step) {
    if constexpr (kMasked) {
      one(load(x + i), load(mask + i), i);
    } else {
      one(load(x + i), hn::Zero(D()), i);
    }
  }
  if (i == count) return;
  if constexpr (kMasked) {
    one(load_some(x + i, count - i), load_some(mask + i, count - i), i);
  } else {
    one(load_some(x + i, count - i), hn::Zero(D()), i);
  }
}

template <class T, bool kFirst>
HWY_ATTR void add_any_term(const Term& term, std::size_t at, std::size_t in_tile, std::size_t count, float* sum) {
  const T* x = static_cast<const T*>(term.x) + at;
  const T* mask = term.mask == nullptr ? nullptr : static_cast<const T*>(term.mask) + at;
  const float* scale = term.scale == nullptr ? nullptr : term.scale + in_tile;
  const float* shift = term.shift == nullptr ? nullptr : term.shift + in_tile;
  if (scale != nullptr && mask != nullptr) {
    add_term<T, true, true, kFirst>(x, scale, shift, mask, count, sum);
  } else if (scale != nullptr) {
    add_term<T, true, false, kFirst>(x, scale, shift, mask, count, sum);
  } else if (mask != nullptr) {
    add_term<T, false, true, kFirst>(x, scale, shift, mask, count, sum);
  } else {
    add_term<T, false, false, kFirst>(x, scale, shift, mask, count, sum);
  }
}

template <class T>
HWY_ATTR void write(const float* sum, std::size_t count, T* out, T* relu) {
  const std::size_t step = lanes();
  const V zero = hn::Zero(D());
  std::size_t i = 0;
  for (; i + step <= count; i += step) {
    const V value = load(sum + i);
    if (out != nullptr) store(value, out + i);
    if (relu != nullptr) store(hn::IfThenElse(hn::Lt(value, zero), zero, value), relu + i);
  }
  if (i == count) return;
  const V value = load(sum + i);
  if (out != nullptr) store_some(value, out + i, count - i);
  if (relu != nullptr) store_some(hn::IfThenElse(hn::Lt(value, zero), zero, value), relu + i, count - i);
}

template <class T>
HWY_ATTR void combine_values(std::span<const Term> terms, std::size_t count, std::size_t tile, T* out, T* relu) {
  alignas(64) std::array<float, kPart + 16> sum{};
  for (std::size_t at = 0; at < count;) {
    const std::size_t in_tile = at % tile;
    const std::size_t length = std::min({kPart, tile - in_tile, count - at});
    if (terms.empty()) std::fill_n(sum.begin(), length, 0.0F);
    for (std::size_t t = 0; t < terms.size(); ++t) {
      if (t == 0) {
        add_any_term<T, true>(terms[t], at, in_tile, length, sum.data());
      } else {
        add_any_term<T, false>(terms[t], at, in_tile, length, sum.data());
      }
    }
    write(sum.data(), length, out == nullptr ? nullptr : out + at, relu == nullptr ? nullptr : relu + at);
    at += length;
  }
}

HWY_ATTR void combine_any(Storage storage, std::span<const Term> terms, std::size_t count, std::size_t tile, void* out,
                          void* relu) {
  if (storage == Storage::bf16) {
    combine_values(terms, count, tile, static_cast<std::uint16_t*>(out), static_cast<std::uint16_t*>(relu));
  } else {
    combine_values(terms, count, tile, static_cast<float*>(out), static_cast<float*>(relu));
  }
}

template <class From, class To>
HWY_ATTR void convert(const From* from, std::size_t count, To* to) {
  const std::size_t step = lanes();
  std::size_t i = 0;
  for (; i + step <= count; i += step) store(load(from + i), to + i);
  if (i < count) store_some(load_some(from + i, count - i), to + i, count - i);
}

HWY_ATTR void store_any(Storage storage, const float* from, std::size_t count, void* to) {
  if (storage == Storage::bf16) return convert(from, count, static_cast<std::uint16_t*>(to));
  convert(from, count, static_cast<float*>(to));
}

HWY_ATTR void load_any(Storage storage, const void* from, std::size_t count, float* to) {
  if (storage == Storage::bf16) return convert(static_cast<const std::uint16_t*>(from), count, to);
  convert(static_cast<const float*>(from), count, to);
}

HWY_ATTR void accumulate_all(const float* from, std::size_t count, float* to) {
  const std::size_t step = lanes();
  std::size_t i = 0;
  for (; i + step <= count; i += step) store(hn::Add(load(from + i), load(to + i)), to + i);
  for (; i < count; ++i) to[i] += from[i];
}

HWY_ATTR void sgd_all(const SgdStep& s, const float* gradient, std::size_t count, float* momentum, float* value) {
  const D d;
  const V rate = hn::Set(d, s.learning_rate);
  const V mu = hn::Set(d, s.momentum);
  const V decay = hn::Set(d, s.weight_decay);
  const std::size_t step = lanes();
  const auto update = [&](V g, V m, V p, V& new_m) HWY_ATTR {
    const V direction = hn::MulAdd(decay, p, g);
    new_m = hn::MulAdd(mu, m, direction);
    const V along = s.nesterov ? hn::MulAdd(mu, new_m, direction) : new_m;
    return hn::NegMulAdd(rate, along, p);
  };
  std::size_t i = 0;
  V m = hn::Zero(d);
  for (; i + step <= count; i += step) {
    const V p = update(load(gradient + i), load(momentum + i), load(value + i), m);
    store(m, momentum + i);
    store(p, value + i);
  }
  if (i == count) return;
  const std::size_t rest = count - i;
  const V p = update(load_some(gradient + i, rest), load_some(momentum + i, rest), load_some(value + i, rest), m);
  store_some(m, momentum + i, rest);
  store_some(p, value + i, rest);
}

}  // namespace HWY_NAMESPACE
}  // namespace tse::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tse::cpu {

HWY_EXPORT(combine_any);
HWY_EXPORT(store_any);
HWY_EXPORT(load_any);
HWY_EXPORT(accumulate_all);
HWY_EXPORT(sgd_all);

std::size_t tile_length(int channels) {
  const std::size_t least = std::lcm(static_cast<std::size_t>(channels), std::size_t{64});
  return least * ((255 + least) / least);
}

void fill(ChannelTile& tile, std::span<const float> per_channel) {
  tile.resize(tile_length(static_cast<int>(per_channel.size())));
  for (std::size_t i = 0; i < tile.size(); i += per_channel.size()) {
    std::ranges::copy(per_channel, tile.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void combine(Storage storage, std::span<const Term> terms, std::size_t count, std::size_t tile, void* sum, void* relu) {
  HWY_DYNAMIC_DISPATCH(combine_any)(storage, terms, count, tile, sum, relu);
}

void store_values(Storage storage, const float* from, std::size_t count, void* to) {
  HWY_DYNAMIC_DISPATCH(store_any)(storage, from, count, to);
}

void load_values(Storage storage, const void* from, std::size_t count, float* to) {
  HWY_DYNAMIC_DISPATCH(load_any)(storage, from, count, to);
}

void accumulate(const float* from, std::size_t count, float* to) {
  HWY_DYNAMIC_DISPATCH(accumulate_all)(from, count, to);
}

void sgd_step(const SgdStep& step, const float* gradient, std::size_t count, float* momentum, float* value) {
  HWY_DYNAMIC_DISPATCH(sgd_all)(step, gradient, count, momentum, value);
}

}  // namespace tse::cpu
#endif
