#pragma once

#include <string>

namespace tse::cpu {

/// The instruction set that the kernels run with: "baseline", "avx2" or "avx512". It is the best of these that the CPU
/// has, or the one that the environment variable TSE_CPU_TARGET names, if that is lesser: so that a test can run what
/// other CPUs run. Read once; the kernels called before do not obey. UsageError where the name is another.
std::string instruction_set();

/// Whether training in bf16 is quicker than in fp32 here: with AVX512_BF16 only. Other CPUs round to bf16 with many
/// instructions, or leave it to libtorch's plain operators (docs/design/cpu.md).
bool saves_time_in_bf16();

/// Whether this is a CPU of AMD's that says nothing of its caches, as in some virtual machines.
bool hides_caches();

}  // namespace tse::cpu
