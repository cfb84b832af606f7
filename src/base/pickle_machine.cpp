#include "pickle_machine.h"

#include <array>
#include <bit>
#include <cstring>

namespace tse {
namespace {

/// Those that protocols 2 to 5 write for plain data, by their names in `pickletools`.
enum Opcode : std::uint8_t {
  kMark = '(',
  kStop = '.',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kReduce = 'R',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kBinFloat = 'G',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kEmptyList = ']',
  kEmptyDict = '}',
  kEmptyTuple = ')',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kShortBinUnicode = 0x8c,
  kEmptySet = 0x8f,
  kAddItems = 0x90,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
  kByteArray8 = 0x96,
  kGlobal = 'c',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kLong1 = 0x8a,
  kBinUnicode8 = 0x8d,
  kBinBytes8 = 0x8e,
  kFrozenSet = 0x91,
};

constexpr std::uint64_t kOldestProtocol = 2;
constexpr std::uint64_t kNewestProtocol = 5;

/// The only names that a pickle may call, as data.
struct Name {
  std::string_view module;
  std::string_view name;
};
enum Called : std::int64_t { kOrderedDict, kType, kScalar, kArray, kArrayType, kEncode, kNoBytes, kSet };
struct KnownName {
  Name name;
  Called called;
};
constexpr std::array kNames = {
    KnownName{{"collections", "OrderedDict"}, kOrderedDict},
    KnownName{{"numpy", "dtype"}, kType},
    KnownName{{"numpy.core.multiarray", "scalar"}, kScalar},
    KnownName{{"numpy._core.multiarray", "scalar"}, kScalar},  // since NumPy 2
    KnownName{{"numpy.core.multiarray", "_reconstruct"}, kArray},
    KnownName{{"numpy._core.multiarray", "_reconstruct"}, kArray},
    KnownName{{"numpy", "ndarray"}, kArrayType},    // what an array is to be made of
    KnownName{{"_codecs", "encode"}, kEncode},      // bytes of protocol 2
    KnownName{{"__builtin__", "bytes"}, kNoBytes},  // none of them
    KnownName{{"__builtin__", "set"}, kSet},        // before protocol 4
    KnownName{{"builtins", "set"}, kSet},
    KnownName{{"__builtin__", "frozenset"}, kSet},
    KnownName{{"builtins", "frozenset"}, kSet},
};

constexpr std::array<std::string_view, 5> kTypes = {"f8", "f4", "i8", "i4", "u1"};
constexpr std::size_t kMostDecoded = 2;  // times the limit of bytes, with what was there
constexpr std::size_t kMostAxes = 32;    // as NumPy 1 has it
constexpr std::int64_t kBuilt = 16;      // added to a type once its byte order is known

std::size_t size_of_type(std::int64_t type) {
  return static_cast<std::size_t>(kTypes.at(static_cast<std::size_t>(type))[1] - '0');
}

template <class Number>
Number from_bytes(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little);
  Number number{};
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

}  // namespace

void PickleMachine::run() {
  begin();
  for (;;) {
    at_ = next_;
    if (left() == 0) refuse("expected an opcode; the pickle is cut short");
    const std::uint8_t opcode = pickle_.bytes_[next_++];
    if (opcode == kStop) break;
    step(opcode);
  }
  if (!marks_.empty() || stack_.size() != 1) refuse("expected one value at the end; got {}", stack_.size());
  if (left() != 0) refuse("expected the end of the pickle; got {} more bytes", left());
  pickle_.root_ = stack_.front();
}

void PickleMachine::begin() {
  if (left() < 2 || pickle_.bytes_[next_] != kProto) {
    refuse("expected a pickle of protocol {} to {}; got none", kOldestProtocol, kNewestProtocol);
  }
  ++next_;
  const std::uint64_t protocol = little_endian(1);
  if (protocol < kOldestProtocol || protocol > kNewestProtocol) {
    refuse("expected a pickle of protocol {} to {}; got protocol {}", kOldestProtocol, kNewestProtocol, protocol);
  }
}

void PickleMachine::step(std::uint8_t opcode) {
  switch (opcode) {
    case kFrame:
      if (const std::uint64_t size = little_endian(8); size > left())
        refuse("expected a frame of {} bytes; {} are left", size, left());
      return;
    case kMark:
      return marks_.push_back(stack_.size());
    case kMemoize:
      return memoize(memo_.size());
    case kBinPut:
      return memoize(little_endian(1));
    case kLongBinPut:
      return memoize(little_endian(4));
    case kBinGet:
      return push_memo(little_endian(1));
    case kLongBinGet:
      return push_memo(little_endian(4));
    case kNone:
      push(Kind::none);
      return;
    case kNewTrue:
      return push_integer(Kind::boolean, 1);
    case kNewFalse:
      return push_integer(Kind::boolean, 0);
    case kBinInt1:
      return push_integer(Kind::integer, static_cast<std::int64_t>(little_endian(1)));
    case kBinInt2:
      return push_integer(Kind::integer, static_cast<std::int64_t>(little_endian(2)));
    case kBinInt:
      return push_integer(Kind::integer, static_cast<std::int32_t>(little_endian(4)));
    case kBinFloat: {
      const double value = big_endian_double();
      push(Kind::real).real = value;
      return;
    }
    case kLong1:
      return push_long(static_cast<int>(little_endian(1)));
    case kShortBinUnicode:
      return push_range(Kind::text, little_endian(1));
    case kBinUnicode:
      return push_range(Kind::text, little_endian(4));
    case kBinUnicode8:
      return push_range(Kind::text, little_endian(8));
    case kShortBinBytes:
      return push_range(Kind::bytes, little_endian(1));
    case kBinBytes:
      return push_range(Kind::bytes, little_endian(4));
    case kBinBytes8:
    case kByteArray8:
      return push_range(Kind::bytes, little_endian(8));
    case kFrozenSet:
      return push_container(Kind::set, pop_to_mark());
    case kEmptyList:
      return push_container(Kind::list, {});
    case kEmptyDict:
      return push_container(Kind::dict, {});
    case kEmptySet:
      return push_container(Kind::set, {});
    case kEmptyTuple:
      return push_container(Kind::tuple, {});
    case kTuple1:
    case kTuple2:
    case kTuple3:
      return push_container(Kind::tuple, pop_many(opcode - kTuple1 + 1));
    case kTuple:
      return push_container(Kind::tuple, pop_to_mark());
    case kAppend:
      return add_to(Kind::list, pop_many(1));
    case kAppends:
      return add_to(Kind::list, pop_to_mark());
    case kAddItems:
      return add_to(Kind::set, pop_to_mark());
    case kSetItem:
      return add_to(Kind::dict, pop_many(2));
    case kSetItems:
      return add_to(Kind::dict, pop_to_mark());
    case kStackGlobal:
      return find_name();
    case kGlobal:
      return find_written_name();
    case kReduce:
      return reduce();
    case kBuild:
      return build();
    default:
      refuse("expected an opcode of plain data; got {:#04x}, which is none", opcode);
  }
}

std::uint64_t PickleMachine::little_endian(int bytes) {
  if (left() < static_cast<std::size_t>(bytes)) refuse("expected {} more bytes; {} are left", bytes, left());
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= static_cast<std::uint64_t>(pickle_.bytes_[next_++]) << (8 * i);
  return value;
}

double PickleMachine::big_endian_double() {
  if (left() < sizeof(double)) refuse("expected {} more bytes; {} are left", sizeof(double), left());
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < sizeof bits; ++i) bits = bits << 8U | pickle_.bytes_[next_++];
  return std::bit_cast<double>(bits);
}

Pickle::Range PickleMachine::range(std::uint64_t size) {
  if (size > left()) refuse("expected {} more bytes; {} are left", size, left());
  const Pickle::Range range{.begin = static_cast<std::uint32_t>(next_), .size = static_cast<std::uint32_t>(size)};
  next_ += size;
  return range;
}

PickleMachine::Node& PickleMachine::push(Kind kind) {
  if (pickle_.nodes_.size() >= limits_.nodes) refuse("expected at most {} values; there are more", limits_.nodes);
  stack_.push_back(static_cast<Ref>(pickle_.nodes_.size()));
  Node& node = pickle_.nodes_.emplace_back();
  node.kind = kind;
  node.at = static_cast<std::uint32_t>(at_);
  return node;
}

void PickleMachine::push_range(Kind kind, std::uint64_t size) {
  const Pickle::Range taken = range(size);
  push(kind).range = taken;
}

void PickleMachine::push_container(Kind kind, std::vector<Ref> parts) {
  push(kind).parts = static_cast<std::uint32_t>(pickle_.parts_.size());
  pickle_.parts_.push_back(std::move(parts));
}

/// Two's complement, the lowest byte first; no byte is 0.
void PickleMachine::push_long(int bytes) {
  if (bytes > 8) refuse("expected an integer of at most 8 bytes; got {}", bytes);
  std::uint64_t value = little_endian(bytes);
  if (bytes > 0 && bytes < 8 && (value >> (8 * bytes - 1) & 1U) != 0) value |= ~std::uint64_t{0} << (8 * bytes);
  push_integer(Kind::integer, static_cast<std::int64_t>(value));
}

void PickleMachine::memoize(std::uint64_t index) {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) refuse("expected a value to memoize; there is none");
  if (index > memo_.size()) refuse("expected a memo in [0, {}]; got {}", memo_.size(), index);
  if (index == memo_.size()) memo_.emplace_back();
  memo_[index] = stack_.back();
}

void PickleMachine::push_memo(std::uint64_t index) {
  if (index >= memo_.size()) refuse("expected a memo in [0, {}); got {}", memo_.size(), index);
  stack_.push_back(memo_[index]);
}

PickleMachine::Ref PickleMachine::pop() { return pop_many(1).front(); }

PickleMachine::Ref PickleMachine::top(Kind kind) {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
    refuse("expected a {}; the stack is empty", Pickle::to_text(kind));
  const Ref ref = stack_.back();
  if (pickle_.kind(ref) != kind)
    refuse("expected a {}; got a {}", Pickle::to_text(kind), Pickle::to_text(pickle_.kind(ref)));
  return ref;
}

std::vector<PickleMachine::Ref> PickleMachine::pop_many(int count) {
  const std::size_t there = stack_.size() - (marks_.empty() ? 0 : marks_.back());
  if (there < static_cast<std::size_t>(count)) refuse("expected {} values; the stack has {}", count, there);
  std::vector<Ref> popped(stack_.end() - count, stack_.end());
  stack_.resize(stack_.size() - static_cast<std::size_t>(count));
  return popped;
}

std::vector<PickleMachine::Ref> PickleMachine::pop_to_mark() {
  if (marks_.empty()) refuse("expected a mark; there is none");
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<Ref> popped(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return popped;
}

void PickleMachine::add_to(Kind kind, const std::vector<Ref>& parts) {
  const Ref container = top(kind);
  if (kind == Kind::dict && parts.size() % 2 != 0) refuse("expected a value for each key; got {}", parts.size());
  std::vector<Ref>& there = pickle_.parts_[pickle_.nodes_[container].parts];
  there.insert(there.end(), parts.begin(), parts.end());
}

void PickleMachine::find_name() {
  const std::vector<Ref> words = pop_many(2);
  for (const Ref word : words) {
    if (pickle_.kind(word) != Kind::text)
      refuse("expected a name as two texts; got a {}", Pickle::to_text(pickle_.kind(word)));
  }
  push_name(pickle_.text(words[0]), pickle_.text(words[1]));
}

/// Module and name as two lines.
void PickleMachine::find_written_name() {
  const auto line = [&] {
    const std::string_view rest = as_text(pickle_.bytes_).substr(next_, left());
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) refuse("expected a name that ends with its line; the pickle is cut short");
    next_ += end + 1;
    return rest.substr(0, end);
  };
  const std::string_view module = line();
  push_name(module, line());
}

void PickleMachine::push_name(std::string_view module, std::string_view name) {
  for (const KnownName& known : kNames) {
    if (module == known.name.module && name == known.name.name) return push_integer(Kind::name, known.called);
  }
  refuse("expected plain data; got the name '{}.{}', which is not looked up", module.substr(0, 64), name.substr(0, 64));
}

void PickleMachine::reduce() {
  const Ref arguments = pop();
  const Ref called = pop();
  if (pickle_.kind(called) != Kind::name || pickle_.kind(arguments) != Kind::tuple) {
    refuse("expected a name and a tuple; got a {} and a {}", Pickle::to_text(pickle_.kind(called)),
           Pickle::to_text(pickle_.kind(arguments)));
  }
  const std::span<const Ref> list = pickle_.parts_[pickle_.nodes_[arguments].parts];
  switch (pickle_.nodes_[called].integer) {
    case kType:
      return reduce_type(list);
    case kScalar:
      return reduce_scalar(list);
    case kArray:
      return reduce_array(list);
    case kArrayType:
      refuse("expected a name that may be called; got that of an array");
    case kEncode:
      return reduce_bytes(list);
    case kNoBytes:
      if (!list.empty()) refuse("expected bytes without arguments; got {}", list.size());
      return push_range(Kind::bytes, 0);
    case kSet:
      if (list.size() != 1 || pickle_.kind(list[0]) != Kind::list) refuse("expected a set of a list; got another");
      copied_ += pickle_.parts_[pickle_.nodes_[list[0]].parts].size();  // which a few bytes may ask for again and again
      if (copied_ > limits_.nodes) refuse("expected at most {} values; there are more", limits_.nodes);
      return push_container(Kind::set, std::vector<Ref>(pickle_.parts_[pickle_.nodes_[list[0]].parts]));
    default:
      if (!list.empty()) refuse("expected an OrderedDict without arguments; got {}", list.size());
      return push_container(Kind::dict, {});
  }
}

/// Bytes as the text whose characters, all below U+0100, have their numbers.
void PickleMachine::reduce_bytes(std::span<const Ref> arguments) {
  if (arguments.size() != 2 || pickle_.kind(arguments[0]) != Kind::text || pickle_.kind(arguments[1]) != Kind::text ||
      pickle_.text(arguments[1]) != "latin1") {
    refuse("expected a text to encode in latin1; got {} arguments", arguments.size());
  }
  const std::string text(pickle_.text(arguments[0]));
  const std::size_t begin = pickle_.bytes_.size();
  if (begin + text.size() > kMostDecoded * limits_.bytes) refuse("expected fewer bytes that are written as text");
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto letter = static_cast<unsigned char>(text[i]);
    if (letter >= 0x80) {
      if ((letter != 0xC2 && letter != 0xC3) || i + 1 == text.size()) refuse("expected characters of latin1");
      const auto second = static_cast<unsigned char>(text[++i]);
      if (second < 0x80 || second > 0xBF) refuse("expected characters of latin1");
      letter = static_cast<unsigned char>((unsigned{letter} << 6U) | (second & 0x3FU));
    }
    pickle_.bytes_.push_back(letter);
  }
  push(Kind::bytes).range = {.begin = static_cast<std::uint32_t>(begin),
                             .size = static_cast<std::uint32_t>(pickle_.bytes_.size() - begin)};
}

void PickleMachine::reduce_type(std::span<const Ref> arguments) {
  if (arguments.size() != 3 || pickle_.kind(arguments[0]) != Kind::text)
    refuse("expected a dtype of a name and two flags; got {} arguments", arguments.size());
  const std::string_view name = pickle_.text(arguments[0]);
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i] == name) return push_integer(Kind::type, static_cast<std::int64_t>(i));
  }
  refuse("expected a dtype f8, f4, i8, i4 or u1; got '{}'", name.substr(0, 16));
}

void PickleMachine::reduce_scalar(std::span<const Ref> arguments) {
  if (arguments.size() != 2 || pickle_.kind(arguments[0]) != Kind::type || pickle_.kind(arguments[1]) != Kind::bytes)
    refuse("expected a scalar of a dtype and bytes; got {} arguments", arguments.size());
  const std::int64_t type = pickle_.nodes_[arguments[0]].integer - kBuilt;
  if (type < 0) refuse("expected a dtype whose byte order is known");
  const std::string_view bytes = pickle_.bytes(arguments[1]);
  const std::size_t size = size_of_type(type);
  if (bytes.size() != size) refuse("expected a scalar of {} bytes; got {}", size, bytes.size());
  switch (type) {
    case 0:
      push(Kind::real).real = from_bytes<double>(bytes);
      return;
    case 1:
      push(Kind::real).real = static_cast<double>(from_bytes<float>(bytes));
      return;
    case 2:
      return push_integer(Kind::integer, from_bytes<std::int64_t>(bytes));
    case 3:
      return push_integer(Kind::integer, from_bytes<std::int32_t>(bytes));
    default:
      return push_integer(Kind::integer, from_bytes<std::uint8_t>(bytes));
  }
}

/// An array of nothing, which "build" fills.
void PickleMachine::reduce_array(std::span<const Ref> arguments) {
  if (arguments.size() != 3 || pickle_.kind(arguments[0]) != Kind::name ||
      pickle_.nodes_[arguments[0]].integer != kArrayType) {
    refuse("expected an array of numpy.ndarray; got {} arguments", arguments.size());
  }
  push_container(Kind::array, {});
}

void PickleMachine::build() {
  const Ref state = pop();
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) refuse("expected a dtype or array; the stack is empty");
  const Kind kind = pickle_.kind(stack_.back());
  if (kind != Kind::type && kind != Kind::array) refuse("expected a dtype or array; got a {}", Pickle::to_text(kind));
  if (pickle_.kind(state) != Kind::tuple)
    refuse("expected the state of a {} to be a tuple; got another value", Pickle::to_text(kind));
  Node& built = pickle_.nodes_[stack_.back()];
  const std::span<const Ref> parts = pickle_.parts_[pickle_.nodes_[state].parts];
  kind == Kind::type ? build_type(built, parts) : build_array(built, parts);
}

void PickleMachine::build_type(Node& type, std::span<const Ref> state) {
  const std::string_view order = size_of_type(type.integer % kBuilt) == 1 ? "|" : "<";  // of one byte there is none
  if (state.size() < 2 || pickle_.kind(state[1]) != Kind::text || pickle_.text(state[1]) != order)
    refuse("expected a little-endian dtype; got another");
  if (type.integer < kBuilt) type.integer += kBuilt;
}

/// (version, shape, dtype, whether in Fortran's order, bytes)
void PickleMachine::build_array(const Node& array, std::span<const Ref> state) {
  if (state.size() != 5 || pickle_.kind(state[1]) != Kind::tuple || pickle_.kind(state[2]) != Kind::type ||
      pickle_.kind(state[3]) != Kind::boolean || pickle_.kind(state[4]) != Kind::bytes) {
    refuse("expected an array's state to be version, shape, dtype, order and bytes; got another");
  }
  const std::int64_t type = pickle_.nodes_[state[2]].integer - kBuilt;
  if (type < 0) refuse("expected a dtype whose byte order is known");
  if (pickle_.nodes_[state[3]].integer != 0) refuse("expected an array in C's order; got Fortran's");
  const std::size_t bytes = pickle_.bytes(state[4]).size();
  std::size_t wanted = size_of_type(type);
  const std::vector<Ref>& shape = pickle_.parts_[pickle_.nodes_[state[1]].parts];
  if (shape.size() > kMostAxes) refuse("expected an array of at most {} axes; got {}", kMostAxes, shape.size());
  for (const Ref part : shape) {
    const std::int64_t size = pickle_.kind(part) == Kind::integer ? pickle_.nodes_[part].integer : 0;
    if (size < 1 || static_cast<std::uint64_t>(size) > bytes / wanted)
      refuse("expected a shape of whole numbers whose product fits {} bytes; got another", bytes);
    wanted *= static_cast<std::size_t>(size);
  }
  if (wanted != bytes) refuse("expected {} bytes of an array of this shape; got {}", wanted, bytes);
  pickle_.parts_[array.parts] = {state[1], state[2], state[4]};
}

std::string_view PickleMachine::type_name(std::int64_t type) {
  return kTypes.at(static_cast<std::size_t>(type % kBuilt));
}

}  // namespace tse
