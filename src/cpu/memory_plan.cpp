#include "memory_plan.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "tse/plan/arena.h"

namespace tse::cpu {
namespace {

using plan::Plan;
using plan::Value;

constexpr std::size_t kAlignment = 64;           // bytes: a cache line
constexpr std::size_t kBlockBytes = 256 * 1024;  // of the largest value of a pass, so that a few of them fit a cache

/// Bytes per image of the largest value that is made or last read in the pass.
std::size_t largest(const Plan& plan, int pass) {
  std::size_t most = 1;
  for (const Value& value : plan.values) {
    if (value.born.pass == pass || value.dies.pass == pass) most = std::max(most, value.image_bytes());
  }
  return most;
}

PassMemory plan_pass(const Plan& plan, int pass, int batch, std::vector<std::size_t>& offsets) {
  // whatever the batch: its blocks, and so the order of sums, must not depend on how many images the plan has room for
  const int block = block_images(largest(plan, pass));
  const auto images = static_cast<std::size_t>(std::min(block, batch));
  std::vector<std::size_t> ids;
  std::vector<plan::Stay> stays;
  for (std::size_t id = 0; id < plan.values.size(); ++id) {
    const Value& value = plan.values[id];
    if (value.whole() || value.born.pass != pass) continue;
    ids.push_back(id);
    stays.push_back({.bytes = value.image_bytes() * images, .first = value.born, .last = value.dies});
  }
  const plan::Arena scratch = plan::place(stays, kAlignment);
  for (std::size_t i = 0; i < ids.size(); ++i) offsets[ids[i]] = scratch.offsets[i];
  return {.block = block, .scratch = scratch.bytes};
}

}  // namespace

int block_images(std::size_t image_bytes) {
  return static_cast<int>(std::bit_floor(std::max<std::size_t>(kBlockBytes / image_bytes, 1)));
}

MemoryPlan plan_memory(const Plan& plan, int batch) {
  const auto images = static_cast<std::size_t>(batch);
  const auto whole = [images](const Value& value) { return value.whole() ? value.image_bytes() * images : 0; };
  // blocks of a batch may be at different steps of a pass at one time
  plan::Arena arena = plan::allocate(plan, whole, kAlignment, plan::Order::passes);
  MemoryPlan memory{.batch = batch, .passes = {}, .offsets = std::move(arena.offsets), .arena = arena.bytes};
  for (int pass = 0; pass < static_cast<int>(plan.passes.size()); ++pass) {
    memory.passes.push_back(plan_pass(plan, pass, batch, memory.offsets));
    memory.scratch = std::max(memory.scratch, memory.passes.back().scratch);
  }
  return memory;
}

}  // namespace tse::cpu
