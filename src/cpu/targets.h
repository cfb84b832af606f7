// Which instruction sets the kernels are compiled for: the baseline, AVX2 and AVX-512 are enough, and each costs
// seconds of compile time. Included before Highway's own headers.
#ifndef TSE_CPU_TARGETS_H_
#define TSE_CPU_TARGETS_H_

#include <hwy/detect_targets.h>
#define TSE_LEFT_OUT (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)

#undef HWY_DISABLED_TARGETS
#ifdef HWY_AVX3_ZEN4
#ifdef HWY_AVX3_SPR
#define HWY_DISABLED_TARGETS (TSE_LEFT_OUT | HWY_AVX3_ZEN4 | HWY_AVX3_SPR)
#else
#define HWY_DISABLED_TARGETS (TSE_LEFT_OUT | HWY_AVX3_ZEN4)
#endif
#else
#define HWY_DISABLED_TARGETS TSE_LEFT_OUT
#endif

#endif
