#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "tse/plan/plan.h"

namespace tse::plan {

/// Memory that is taken from one moment to another, both included.
struct Stay {
  std::size_t bytes = 0;
  Moment first = {};
  Moment last = {};
};

/// One stretch of memory that values of different times share.
struct Arena {
  std::vector<std::size_t> offsets;  // bytes from the start; nothing is where 0 bytes were asked for
  std::size_t bytes = 0;
};

/// Gives each stay in turn the lowest place that is free for all of its time, at a multiple of `alignment` bytes.
Arena place(std::span<const Stay> stays, std::size_t alignment);

/// How far an executor keeps the order of steps.
enum class Order {
  steps,   // each ends before the next begins
  passes,  // each pass does; its steps may run side by side, or each for another block of images
};

/// A place for each of the plan's values that is free of others while it is alive. `bytes` says what a value takes: 0
/// where it lives elsewhere. Large ones come first, so that small ones fill the gaps.
Arena allocate(const Plan& plan, const std::function<std::size_t(const Value&)>& bytes, std::size_t alignment,
               Order order);

}  // namespace tse::plan
