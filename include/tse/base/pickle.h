#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/file.h"

namespace tse {

/// What a pickle may hold at most; memory stays within some 300 MB of the defaults, whatever the bytes are.
struct PickleLimits {
  std::size_t bytes = std::size_t{1} << 24U;
  std::size_t nodes = std::size_t{1} << 20U;  // values, each counted once
};

/// A Python pickle of protocol 2 to 5 read as plain data: nothing in it is run, looked up or imported. What pickle
/// calls "reduce" and "build" is understood of few names only, and read as the data that they stand for:
/// `collections.OrderedDict` without arguments (a dict), `numpy.dtype` of f8, f4, i8, i4 or u1, little-endian,
/// `numpy.core.multiarray.scalar` (a number) and `_reconstruct` (an array in C's order), or `numpy._core…`, and how
/// older protocols write bytes and sets. Opcodes are those of such data, no others; docs of the format are Python's
/// `pickletools`.
///
/// A value is known by its number; values that the pickle shares are shared here. Errors are DataErrors whose place is
/// `FILE: byte N unpacked`, counted in the stream of opcodes.
class Pickle {
 public:
  using Ref = std::uint32_t;
  enum class Kind : std::uint8_t {
    none,
    boolean,
    integer,
    real,
    text,
    bytes,
    list,
    tuple,
    dict,
    set,
    name,
    type,
    array
  };

  /// A NumPy array: its numbers one after the other, the last index the fastest.
  struct Array {
    std::string_view type;  // f8, f4, i8, i4 or u1
    std::vector<std::size_t> shape;
    std::string_view bytes;  // as many as type and shape say
  };

  /// DataError where the bytes are no whole pickle of such data, or hold more than the limits.
  static Pickle parse(Bytes bytes, std::string file, const PickleLimits& limits = {});

  Ref root() const { return root_; }
  std::size_t size() const { return nodes_.size(); }
  Kind kind(Ref ref) const { return nodes_.at(ref).kind; }

  /// DataErrors that name place and kind where the value is of another kind.
  bool boolean(Ref ref) const;
  std::int64_t integer(Ref ref) const;
  double number(Ref ref) const;          // integers too
  std::string_view text(Ref ref) const;  // as long as this object
  std::string_view bytes(Ref ref) const;
  Array array(Ref ref) const;

  /// Of a list, tuple or set; of a dict its keys and values in turn. May contain what contains it: go only as deep as
  /// is expected.
  std::span<const Ref> items(Ref ref, Kind kind) const;

  /// The value of a text key of a dict, the last where it comes more than once.
  std::optional<Ref> find(Ref dict, std::string_view key) const;
  Ref member(Ref dict, std::string_view key) const;  // DataError where there is none

  /// `FILE: byte N unpacked`, where the value begins.
  std::string where(Ref ref) const;

  static std::string_view to_text(Kind kind);

 private:
  friend class PickleMachine;

  struct Range {
    std::uint32_t begin;
    std::uint32_t size;
  };
  struct Node {
    Kind kind = Kind::none;
    std::uint32_t at = 0;  // of the opcode that made it
    union {
      std::int64_t integer = 0;  // booleans, and which name or type
      double real;
      Range range;          // of bytes_: texts and bytes
      std::uint32_t parts;  // in parts_: containers; of an array its shape, type and bytes
    };
  };

  const Node& expect(Ref ref, Kind kind) const;

  std::string file_;
  Bytes bytes_;  // the pickle, then bytes that it has in another form
  std::vector<Node> nodes_;
  std::vector<std::vector<Ref>> parts_;
  Ref root_ = 0;
};

}  // namespace tse
