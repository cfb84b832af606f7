#pragma once

#include <string>

namespace tse::cpu {

/// The instruction set that the kernels run with: "baseline", "avx2" or "avx512". It is the best of these that the CPU
/// has, or the one that the environment variable TSE_CPU_TARGET names, if that is lesser: so that a test can run what
/// other CPUs run. Read once; the kernels called before do not obey. UsageError where the name is another.
std::string instruction_set();

}  // namespace tse::cpu
