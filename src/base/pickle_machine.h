#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tse/base/error.h"
#include "tse/base/pickle.h"

namespace tse {

/// Runs the opcodes of a pickle: a stack of values, marks in it, and a memo of values seen before.
class PickleMachine {
 public:
  PickleMachine(Pickle& pickle, const PickleLimits& limits)
      : pickle_(pickle), limits_(limits), end_(pickle.bytes_.size()) {}

  void run();

  /// Of a value of kind `type`.
  static std::string_view type_name(std::int64_t type);

 private:
  using Ref = Pickle::Ref;
  using Kind = Pickle::Kind;
  using Node = Pickle::Node;

  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> message, Args&&... args) const {
    throw DataError(fmt::format("{}: byte {} unpacked", pickle_.file_, at_), message, std::forward<Args>(args)...);
  }

  void step(std::uint8_t opcode);
  void begin();  // the mark at the head

  std::size_t left() const { return end_ - next_; }
  std::uint64_t little_endian(int bytes);
  double big_endian_double();
  Pickle::Range range(std::uint64_t size);

  Node& push(Kind kind);
  void push_integer(Kind kind, std::int64_t value) { push(kind).integer = value; }
  void push_range(Kind kind, std::uint64_t size);
  void push_container(Kind kind, std::vector<Ref> parts);
  void push_long(int bytes);
  void memoize(std::uint64_t index);
  void push_memo(std::uint64_t index);

  Ref pop();
  Ref top(Kind kind);  // must be of this kind
  std::vector<Ref> pop_to_mark();
  std::vector<Ref> pop_many(int count);
  void add_to(Kind kind, const std::vector<Ref>& parts);

  void find_name();
  void find_written_name();
  void push_name(std::string_view module, std::string_view name);
  void reduce();
  void reduce_bytes(std::span<const Ref> arguments);
  void reduce_type(std::span<const Ref> arguments);
  void reduce_scalar(std::span<const Ref> arguments);
  void reduce_array(std::span<const Ref> arguments);
  void build();
  void build_type(Node& type, std::span<const Ref> state);
  void build_array(const Node& array, std::span<const Ref> state);

  Pickle& pickle_;
  PickleLimits limits_;
  std::size_t copied_ = 0;  // references, by sets of lists
  std::size_t end_;         // of the opcodes; decoded bytes follow
  std::size_t at_ = 0;      // of the opcode that is being run
  std::size_t next_ = 0;    // byte to read
  std::vector<Ref> stack_;
  std::vector<std::size_t> marks_;  // sizes of the stack
  std::vector<Ref> memo_;
};

}  // namespace tse
