#pragma once

#include <cstddef>
#include <vector>

#include "tse/plan/plan.h"

namespace tse::cpu {

/// How a pass goes over the batch here: a block of images goes through all of its steps while it is in the cache. Only
/// values that other passes read are kept whole; the rest lives in the block's scratch memory.
struct PassMemory {
  int block = 1;            // images at a time
  std::size_t scratch = 0;  // bytes for a block
};

/// Where the values of a plan are, for so many images at the most.
struct MemoryPlan {
  int batch = 0;
  std::vector<PassMemory> passes;
  std::vector<std::size_t> offsets;  // of each value: in the arena where it is whole, else in the scratch memory
  std::size_t arena = 0;             // bytes
  std::size_t scratch = 0;           // bytes per thread: of the pass that needs most
};

/// Values that are never alive together share memory.
MemoryPlan plan_memory(const plan::Plan& plan, int batch);

/// Images in a block of a pass whose largest value has so many bytes per image: a power of two.
int block_images(std::size_t image_bytes);

}  // namespace tse::cpu
