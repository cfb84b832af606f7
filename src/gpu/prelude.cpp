#include "tse/gpu/kernels.h"

namespace tse::gpu {

std::string prelude() {
  return R"(
#ifdef __CUDACC__
typedef unsigned short bf16;
#define KERNEL extern "C" __global__ void __launch_bounds__(256)
#define DEVICE __device__ __forceinline__
#define SHARED __shared__
#define THREADS
#define SYNC() __syncthreads()
#define FENCE() __threadfence()
#endif

// of the windows, which slide by `stride` from -padding on, those that have the pixel
#define FIRST_WINDOW(at) ((at) + padding < kernel ? 0 : ((at) + padding - kernel) / stride + 1)
#define LAST_WINDOW(at, count) (((at) + padding) / stride < (count) ? ((at) + padding) / stride : (count) - 1)

DEVICE float widened(bf16 value) { return __uint_as_float((unsigned)value << 16); }

// to the nearest, of two the even one
DEVICE bf16 rounded(float value) {
  unsigned bits = __float_as_uint(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return (bf16)((bits >> 16) | 0x40u);
  bits += 0x7fffu + ((bits >> 16) & 1u);
  return (bf16)(bits >> 16);
}

DEVICE float load(const float* from) { return *from; }
DEVICE float load(const bf16* from) { return widened(*from); }
DEVICE void store(float* to, float value) { *to = value; }
DEVICE void store(bf16* to, float value) { *to = rounded(value); }

// a pack of values, by loads of 16 bytes where it is one of them
template <int pack>
DEVICE void load(const float* from, float (&values)[pack]) {
  if (pack % 4 == 0) {
    for (int k = 0; k < pack / 4; ++k) {
      const float4 four = ((const float4*)from)[k];
      values[(4 * k) % pack] = four.x;
      values[(4 * k + 1) % pack] = four.y;
      values[(4 * k + 2) % pack] = four.z;
      values[(4 * k + 3) % pack] = four.w;
    }
  } else {
    for (int k = 0; k < pack; ++k) values[k] = from[k];
  }
}
template <int pack>
DEVICE void load(const bf16* from, float (&values)[pack]) {
  if (pack == 8) {
    const uint4 all = *(const uint4*)from;
    const unsigned words[4] = {all.x, all.y, all.z, all.w};
    for (int k = 0; k < 4; ++k) {
      values[(2 * k) % pack] = __uint_as_float(words[k] << 16);
      values[(2 * k + 1) % pack] = __uint_as_float(words[k] & 0xffff0000u);
    }
  } else {
    for (int k = 0; k < pack; ++k) values[k] = widened(from[k]);
  }
}
template <int pack>
DEVICE void store(float* to, const float (&values)[pack]) {
  if (pack % 4 == 0) {
    for (int k = 0; k < pack / 4; ++k) {
      float4 four;
      four.x = values[(4 * k) % pack];
      four.y = values[(4 * k + 1) % pack];
      four.z = values[(4 * k + 2) % pack];
      four.w = values[(4 * k + 3) % pack];
      ((float4*)to)[k] = four;
    }
  } else {
    for (int k = 0; k < pack; ++k) to[k] = values[k];
  }
}
template <int pack>
DEVICE void store(bf16* to, const float (&values)[pack]) {
  if (pack == 8) {
    unsigned words[4];
    for (int k = 0; k < 4; ++k)
      words[k] = (unsigned)rounded(values[(2 * k) % pack]) | ((unsigned)rounded(values[(2 * k + 1) % pack]) << 16);
    uint4 all;
    all.x = words[0];
    all.y = words[1];
    all.z = words[2];
    all.w = words[3];
    *(uint4*)to = all;
  } else {
    for (int k = 0; k < pack; ++k) to[k] = rounded(values[k]);
  }
}

)";
}

}  // namespace tse::gpu
