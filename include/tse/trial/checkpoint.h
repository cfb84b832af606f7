#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/mapped_file.h"
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

/// Values of one tensor in memory that somebody else has.
struct TensorView {
  std::vector<std::int64_t> shape;
  std::string type;
  std::span<const std::uint8_t> data;  // at a multiple of 4 bytes
};

/// A checkpoint's file as memory, which processes that map the same one share.
struct MappedCheckpoint {
  std::string place;  // the file's name
  std::shared_ptr<const MappedFile> file;
  Job job;
  Trace trace;
  std::map<std::string, TensorView> tensors;  // within the file
};

/// DataError where the file cannot be mapped, or as decode_checkpoint.
MappedCheckpoint map_checkpoint(const std::filesystem::path& file);

/// DataError where these are not the weights of a super-network of this space that was trained to its end.
void expect_supernet(const MappedCheckpoint& weights, std::string_view space);

/// A line that names format and version, one with the SHA-256 of all that follows, one with the JSON of job, trace and
/// tensors' shapes, which ends at a multiple of 64 bytes, then the tensors' values one after the other.
std::vector<std::uint8_t> encode(const Checkpoint& checkpoint);

/// DataError at `place` where the bytes are cut short, changed, or of another format or version.
Checkpoint decode_checkpoint(std::span<const std::uint8_t> bytes, std::string_view place);

}  // namespace tse
