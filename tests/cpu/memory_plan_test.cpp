#include "cpu/memory_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "tse/base/random.h"
#include "tse/space/passes.h"
#include "tse/space/space.h"

namespace tse::cpu {
namespace {

using plan::Plan;
using plan::Storage;
using plan::Value;

Graph random_cell(Stream& stream) {
  const auto space = make_space("nb201:channels=4,cells=2");
  const Task task{.input = {.channels = 3, .height = 16, .width = 16}, .classes = 10};
  return simplified(space->lower(space->sample(stream), task));
}

TEST(MemoryPlan, ValuesThatAreAliveTogetherShareNoMemory) {
  Stream stream(1);
  for (int round = 0; round < 30; ++round) {
    const Storage storage = round % 2 == 0 ? Storage::fp32 : Storage::bf16;
    const Plan plan = plan::make_plan(random_cell(stream), {.storage = storage, .training = round % 3 != 0});
    const MemoryPlan memory = plan_memory(plan, 6);
    // when each value is first and last touched, by the plan's own steps; 6 images are one block here
    std::vector<std::pair<int, int>> life(plan.values.size(), {1 << 30, -1});
    for (int pass = 0; pass < static_cast<int>(plan.passes.size()); ++pass) {
      ASSERT_GE(memory.passes[static_cast<std::size_t>(pass)].block, 6);
      int step = 0;
      for (const plan::Step& s : plan.passes[static_cast<std::size_t>(pass)].steps) {
        const plan::Touched ids = plan::touched(s);
        for (const auto* list : {&ids.reads, &ids.writes}) {
          for (const plan::ValueId id : *list) {
            auto& [first, last] = life[static_cast<std::size_t>(id)];
            // other blocks of the pass are at other steps, so what is whole is alive for all of its pass
            const bool whole = plan.value(id).whole();
            first = std::min(first, pass * 10000 + (whole ? 0 : step));
            last = std::max(last, pass * 10000 + (whole ? 9999 : step));
          }
        }
        ++step;
      }
    }
    for (std::size_t a = 0; a < plan.values.size(); ++a) {
      for (std::size_t b = a + 1; b < plan.values.size(); ++b) {
        const Value& va = plan.values[a];
        const Value& vb = plan.values[b];
        if (va.whole() != vb.whole() || (!va.whole() && va.born.pass != vb.born.pass)) continue;
        if (life[a].second < life[b].first || life[b].second < life[a].first) continue;
        const bool apart = memory.offsets[a] + va.image_bytes() * 6 <= memory.offsets[b] ||
                           memory.offsets[b] + vb.image_bytes() * 6 <= memory.offsets[a];
        EXPECT_TRUE(apart) << a << " and " << b;
      }
    }
  }
}

TEST(MemoryPlan, EverythingIsInsideTheMemory) {
  Stream stream(2);
  for (int round = 0; round < 20; ++round) {
    const Plan plan = plan::make_plan(random_cell(stream), {.storage = Storage::bf16});
    const MemoryPlan memory = plan_memory(plan, 5);
    for (std::size_t id = 0; id < plan.values.size(); ++id) {
      const Value& value = plan.values[id];
      const std::size_t end = memory.offsets[id] + value.image_bytes() * 5;
      const std::size_t scratch = value.whole() ? 0 : memory.passes[static_cast<std::size_t>(value.born.pass)].scratch;
      EXPECT_LE(end, value.whole() ? memory.arena : scratch);
      EXPECT_LE(scratch, memory.scratch);
      EXPECT_EQ(memory.offsets[id] % 64, 0U);  // at the start of a cache line
    }
  }
}

TEST(MemoryPlan, BlocksDoNotDependOnTheBatch) {
  Stream stream(3);
  for (int round = 0; round < 10; ++round) {
    const Plan plan = plan::make_plan(random_cell(stream), {});
    const MemoryPlan one = plan_memory(plan, 1);
    const MemoryPlan many = plan_memory(plan, 500);
    for (std::size_t pass = 0; pass < plan.passes.size(); ++pass) {
      EXPECT_EQ(one.passes[pass].block, many.passes[pass].block);
    }
  }
}

}  // namespace
}  // namespace tse::cpu
