#include "tse/cpu/instruction_set.h"

#include "targets.h"

#include <hwy/highway.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cstdint>
#include <cstdlib>

#include "tse/base/error.h"

namespace tse::cpu {
namespace {

/// Highway's bits of the sets that are better than this one, which are the lower ones.
constexpr std::int64_t better_than(std::int64_t target) { return target - 1; }

std::string limited() {
  if (const char* asked = std::getenv("TSE_CPU_TARGET")) {
    const std::string name = asked;
    if (name == "baseline") {
      hwy::DisableTargets(better_than(HWY_STATIC_TARGET));
    } else if (name == "avx2") {
      hwy::DisableTargets(better_than(HWY_AVX2));
    } else if (name != "avx512") {
      throw UsageError("TSE_CPU_TARGET", "expected baseline, avx2 or avx512; got {}", name);
    }
  }
  const std::int64_t supported = hwy::SupportedTargets();
  hwy::GetChosenTarget().Update(supported);  // the call before may have chosen among all that the CPU has
  const std::int64_t have = supported & HWY_TARGETS;
  if ((have & HWY_AVX3) != 0) return "avx512";
  return (have & HWY_AVX2) != 0 ? "avx2" : "baseline";
}

}  // namespace

std::string instruction_set() {
  static const std::string name = limited();
  return name;
}

bool saves_time_in_bf16() {
  return instruction_set() == "avx512" && (__builtin_cpu_init(), __builtin_cpu_supports("avx512bf16") != 0);
}

bool hides_caches() {
#if defined(__x86_64__)
  constexpr unsigned kAmd = 0x68747541;              // "Auth", of AuthenticAMD
  constexpr unsigned kCacheProperties = 0x8000001d;  // a leaf of AMD's, its last bits the kind of the first cache
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(0, &a, &b, &c, &d) == 0 || b != kAmd) return false;
  return __get_cpuid_count(kCacheProperties, 0, &a, &b, &c, &d) == 0 || (a & 0x1fU) == 0;
#else
  return false;
#endif
}

}  // namespace tse::cpu
