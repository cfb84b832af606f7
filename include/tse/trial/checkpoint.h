#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// Values of one tensor as they lie in memory.
struct StoredTensor {
  std::vector<std::int64_t> shape;
  std::string type;                // "float32" or "float64"
  std::vector<std::uint8_t> data;  // row-major, little-endian

  bool operator==(const StoredTensor&) const = default;
};

/// An unfinished training: with it the rest runs as if it had never stopped. No generator state is in it, since every
/// random stream derives from the job's seed and a position.
struct Checkpoint {
  Job job;
  Trace trace;  // its step losses say how many steps are done
  std::map<std::string, StoredTensor> tensors;

  bool operator==(const Checkpoint&) const = default;
};

/// A line that names format and version, one with the SHA-256 of all that follows, one with the JSON of job, trace and
/// tensors' shapes, then the tensors' values one after the other.
std::vector<std::uint8_t> encode(const Checkpoint& checkpoint);

/// DataError at `place` where the bytes are cut short, changed, or of another format or version.
Checkpoint decode_checkpoint(std::span<const std::uint8_t> bytes, std::string_view place);

}  // namespace tse
