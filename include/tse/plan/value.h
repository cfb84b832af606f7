#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "tse/space/shape.h"

namespace tse::plan {

/// Index of a value in its plan.
using ValueId = int;

/// Where a step has no such value, norm or sum.
inline constexpr int kNone = -1;

/// How activations and their gradients are kept. Sums, statistics and weights are fp32 in either.
enum class Storage : std::uint8_t { fp32, bf16 };

inline std::size_t bytes(Storage storage) { return storage == Storage::bf16 ? 2 : 4; }

/// When something happens in a training step: passes are numbered through forward and backward, steps within a pass.
struct Moment {
  int pass = 0;
  int step = 0;
  auto operator<=>(const Moment&) const = default;
};

/// Activations or their gradient, of every image of a batch.
struct Value {
  Shape shape;  // of one image
  Storage storage = Storage::fp32;
  Moment born = {};  // of the first step that writes it; of the caller before pass 0 where that writes it
  Moment dies = {};  // of the last step that reads or writes it

  /// Whether another pass than the one that makes it reads it. What is not whole never leaves its pass: an executor
  /// that takes a block of images through a pass needs room for a block of it.
  bool whole() const { return born.pass != dies.pass; }

  /// As it is, without anything between channels or rows.
  std::size_t image_bytes() const { return static_cast<std::size_t>(shape.elements()) * bytes(storage); }

  bool operator==(const Value&) const = default;
};

}  // namespace tse::plan
