#include <algorithm>
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

// One vector of a term: from(p) loads it at p.
template <class T, class Load>
HWY_ATTR HWY_INLINE V term_at(const Term& term, std::size_t at, std::size_t in_tile, const Load& from) {
  V value = from(static_cast<const T*>(term.x) + at);
  if (term.scale != nullptr) value = hn::MulAdd(value, load(term.scale + in_tile), load(term.shift + in_tile));
  if (term.mask != nullptr) value = keep_positive(value, from(static_cast<const T*>(term.mask) + at));
  return value;
}

HWY_ATTR HWY_INLINE V positive(V value) {
  const V zero = hn::Zero(D());
  return hn::IfThenElse(hn::Lt(value, zero), zero, value);  // NaN stays NaN
}

// The sum of four vectors' length stays in registers from the first term to the last.
template <class T>
HWY_ATTR void combine_values(std::span<const Term> terms, std::size_t count, std::size_t tile, T* out, T* relu) {
  const auto whole = [](const T* from) HWY_ATTR { return load(from); };
  const std::size_t step = lanes();
  std::size_t at = 0;
  std::size_t in_tile = 0;
  for (; at + 4 * step <= count; at += 4 * step) {
    V s0 = hn::Zero(D()), s1 = s0, s2 = s0, s3 = s0;
    for (const Term& term : terms) {
      s0 = hn::Add(s0, term_at<T>(term, at, in_tile, whole));
      s1 = hn::Add(s1, term_at<T>(term, at + step, in_tile + step, whole));
      s2 = hn::Add(s2, term_at<T>(term, at + 2 * step, in_tile + 2 * step, whole));
      s3 = hn::Add(s3, term_at<T>(term, at + 3 * step, in_tile + 3 * step, whole));
    }
    if (out != nullptr) {
      store(s0, out + at), store(s1, out + at + step);
      store(s2, out + at + 2 * step), store(s3, out + at + 3 * step);
    }
    if (relu != nullptr) {
      store(positive(s0), relu + at), store(positive(s1), relu + at + step);
      store(positive(s2), relu + at + 2 * step), store(positive(s3), relu + at + 3 * step);
    }
    in_tile += 4 * step;  // divides a tile
    if (in_tile == tile) in_tile = 0;
  }
  for (; at < count; at += step, in_tile += step) {
    const std::size_t rest = std::min(step, count - at);
    const auto part = [rest](const T* from) HWY_ATTR { return load_some(from, rest); };
    V sum = hn::Zero(D());
    for (const Term& term : terms) sum = hn::Add(sum, term_at<T>(term, at, in_tile, part));
    if (out != nullptr) store_some(sum, out + at, rest);
    if (relu != nullptr) store_some(positive(sum), relu + at, rest);
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
