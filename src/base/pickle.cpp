#include "tse/base/pickle.h"

#include <fmt/format.h>

#include <array>

#include "pickle_machine.h"
#include "tse/base/error.h"

namespace tse {

Pickle Pickle::parse(Bytes bytes, std::string file, const PickleLimits& limits) {
  if (bytes.size() > limits.bytes)
    throw DataError(file, "expected a pickle of at most {} bytes; got {}", limits.bytes, bytes.size());
  Pickle pickle;
  pickle.file_ = std::move(file);
  pickle.bytes_ = std::move(bytes);
  PickleMachine(pickle, limits).run();
  return pickle;
}

std::string_view Pickle::to_text(Kind kind) {
  constexpr std::array<std::string_view, 13> kNames = {"None",  "bool", "int", "float", "text",  "bytes", "list",
                                                       "tuple", "dict", "set", "name",  "dtype", "array"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string Pickle::where(Ref ref) const { return fmt::format("{}: byte {} unpacked", file_, nodes_.at(ref).at); }

const Pickle::Node& Pickle::expect(Ref ref, Kind kind) const {
  const Node& node = nodes_.at(ref);
  if (node.kind != kind) throw DataError(where(ref), "expected a {}; got a {}", to_text(kind), to_text(node.kind));
  return node;
}

bool Pickle::boolean(Ref ref) const { return expect(ref, Kind::boolean).integer != 0; }

std::int64_t Pickle::integer(Ref ref) const { return expect(ref, Kind::integer).integer; }

double Pickle::number(Ref ref) const {
  if (kind(ref) == Kind::integer) return static_cast<double>(nodes_[ref].integer);
  return expect(ref, Kind::real).real;
}

std::string_view Pickle::text(Ref ref) const {
  const Range range = expect(ref, Kind::text).range;
  return as_text(bytes_).substr(range.begin, range.size);
}

std::string_view Pickle::bytes(Ref ref) const {
  const Range range = expect(ref, Kind::bytes).range;
  return as_text(bytes_).substr(range.begin, range.size);
}

Pickle::Array Pickle::array(Ref ref) const {
  const std::vector<Ref>& parts = parts_.at(expect(ref, Kind::array).parts);
  if (parts.empty()) throw DataError(where(ref), "expected an array with its numbers; got none");
  Array array{.type = PickleMachine::type_name(nodes_[parts[1]].integer), .shape = {}, .bytes = bytes(parts[2])};
  for (const Ref size : items(parts[0], Kind::tuple)) array.shape.push_back(static_cast<std::size_t>(integer(size)));
  return array;
}

std::span<const Pickle::Ref> Pickle::items(Ref ref, Kind kind) const { return parts_.at(expect(ref, kind).parts); }

std::optional<Pickle::Ref> Pickle::find(Ref dict, std::string_view key) const {
  const std::span<const Ref> all = items(dict, Kind::dict);
  for (std::size_t i = all.size(); i >= 2; i -= 2) {
    if (kind(all[i - 2]) == Kind::text && text(all[i - 2]) == key) return all[i - 1];
  }
  return std::nullopt;
}

Pickle::Ref Pickle::member(Ref dict, std::string_view key) const {
  const auto found = find(dict, key);
  if (!found) throw DataError(where(dict), "expected a dict with '{}'; it has none", key);
  return *found;
}

}  // namespace tse
