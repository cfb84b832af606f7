// Vectors of activations: loaded from fp32 or bf16, computed in fp32, stored as they came. Included once per
// instruction set by each file of kernels (Highway's foreach_target).

#if defined(TSE_CPU_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TSE_CPU_SIMD_INL_H_
#undef TSE_CPU_SIMD_INL_H_
#else
#define TSE_CPU_SIMD_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace tse::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX3
/// Whether the CPU has an instruction for it, which AVX-512 alone does not say. It takes denormal values for zero.
static const bool kRoundsToBf16 = (__builtin_cpu_init(), __builtin_cpu_supports("avx512bf16") != 0);
#endif

// At most 16 lanes, so that every length that is a multiple of 16 is one of whole vectors.
using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

HWY_ATTR inline std::size_t lanes() { return hn::Lanes(D()); }

HWY_ATTR HWY_INLINE V load(const float* from) { return hn::LoadU(D(), from); }

HWY_ATTR HWY_INLINE V load(const std::uint16_t* from) {
  const D d;
  const hn::RebindToUnsigned<D> bits;
  const hn::Rebind<std::uint16_t, D> half;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(bits, hn::LoadU(half, from))));
}

HWY_ATTR HWY_INLINE void store(V value, float* to) { hn::StoreU(value, D(), to); }

// Rounded to the nearest bf16, to the even one of two. Infinities and NaNs stay what they are.
HWY_ATTR HWY_INLINE void store(V value, std::uint16_t* to) {
#if HWY_TARGET == HWY_AVX3
  if (kRoundsToBf16) {
    __m256i rounded;
    __asm__("vcvtneps2bf16 %1, %0" : "=v"(rounded) : "v"(value.raw));  // Highway 1.0 has no name for it
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), rounded);
    return;
  }
#endif
  const hn::RebindToUnsigned<D> bits;
  const hn::RebindToSigned<D> integers;
  const hn::Rebind<std::uint16_t, D> half;
  const auto raw = hn::BitCast(bits, value);
  const auto odd = hn::And(hn::ShiftRight<16>(raw), hn::Set(bits, 1));
  const auto rounded = hn::ShiftRight<16>(hn::Add(raw, hn::Add(odd, hn::Set(bits, 0x7FFF))));
  hn::StoreU(hn::DemoteTo(half, hn::BitCast(integers, rounded)), half, to);
}

// Of `count` values, fewer than a vector holds; the other lanes are 0.
template <class T>
HWY_ATTR HWY_INLINE V load_some(const T* from, std::size_t count) {
  T buffer[16] = {};
  std::memcpy(buffer, from, count * sizeof(T));
  return load(buffer);
}

template <class T>
HWY_ATTR HWY_INLINE void store_some(V value, T* to, std::size_t count) {
  T buffer[16];
  store(value, buffer);
  std::memcpy(to, buffer, count * sizeof(T));
}

// What mask > 0 keeps of a value.
HWY_ATTR HWY_INLINE V keep_positive(V value, V mask) { return hn::IfThenElseZero(hn::Gt(mask, hn::Zero(D())), value); }

}  // namespace HWY_NAMESPACE
}  // namespace tse::cpu
HWY_AFTER_NAMESPACE();

#endif
