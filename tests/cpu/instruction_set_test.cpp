#include "tse/cpu/instruction_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

#include "cpu/kernels.h"

namespace tse::cpu {
namespace {

/// Before any test calls a kernel: the first call fixes which it is.
class ChosenFirst : public testing::Environment {
  void SetUp() override { (void)instruction_set(); }
};
const testing::Environment* const kChosenFirst = testing::AddGlobalTestEnvironment(new ChosenFirst);

TEST(InstructionSet, IsNoneBetterThanTheOneAskedFor) {
  const char* set = std::getenv("TSE_CPU_TARGET");
  const std::string asked = set == nullptr ? "avx512" : set;  // the tests named portable set it
  const std::vector<std::string> order = {"baseline", "avx2", "avx512"};
  EXPECT_LE(std::ranges::find(order, instruction_set()), std::ranges::find(order, asked));
  EXPECT_NE(std::ranges::find(order, instruction_set()), order.end());
}

#if defined(__x86_64__) && !defined(__FMA__)
/// The kernels themselves tell: x86's baseline rounds a product before it adds to it, AVX2 and AVX-512 do not.
TEST(InstructionSet, IsTheOneThatKernelsRunWith) {
  const float x = 1 + 0x1p-12F;
  const float less = -(1 + 0x1p-11F);  // x*x + less is 2^-24, which is lost when x*x is rounded
  const std::size_t count = tile_length(1);
  const std::vector<float> xs(count, x), shift(count, less);
  std::vector<float> sum(count);
  const std::array terms = {Term{.x = xs.data(), .scale = xs.data(), .shift = shift.data()}};
  combine(Storage::fp32, terms, count, count, sum.data(), nullptr);
  const float expected = instruction_set() == "baseline" ? 0 : 0x1p-24F;
  for (const float value : sum) ASSERT_EQ(value, expected) << instruction_set();
}
#endif

}  // namespace
}  // namespace tse::cpu
