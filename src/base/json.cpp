#include "tse/base/json.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tse/base/error.h"
#include "tse/base/missing.h"

namespace tse {
namespace {

constexpr int kDeepest = 64;

const Json& find(const Json& object, std::string_view key, std::string_view place) {
  if (!object.is_object()) throw DataError(place, "expected an object with '{}'; got {}", key, object.type_name());
  const auto found = object.find(key);
  if (found == object.end()) throw DataError(place, "expected a member '{}'; there is none", key);
  return *found;
}

[[noreturn]] void mismatch(const Json& value, std::string_view key, std::string_view wanted, std::string_view place) {
  throw DataError(place, "expected '{}' to be {}; got {}", key, wanted, value.type_name());
}

template <class Integer>
Integer integer(const Json& value, std::string_view key, std::string_view place) {
  using Limits = std::numeric_limits<Integer>;
  if (!value.is_number_integer()) mismatch(value, key, "a whole number", place);
  const bool fits = value.is_number_unsigned()
                        ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(Limits::max())
                        : std::is_signed_v<Integer> &&
                              value.get<std::int64_t>() >= static_cast<std::int64_t>(Limits::min()) &&
                              value.get<std::int64_t>() <= static_cast<std::int64_t>(Limits::max());
  if (!fits)
    throw DataError(place, "expected '{}' in [{}, {}]; got {}", key, Limits::min(), Limits::max(), value.dump());
  return value.get<Integer>();
}

std::vector<double> numbers(const Json& value, std::string_view key, std::string_view place) {
  if (!value.is_array()) mismatch(value, key, "an array of numbers", place);
  std::vector<double> list;
  list.reserve(value.size());
  for (const Json& item : value) {
    if (!item.is_null() && !item.is_number()) mismatch(item, key, "an array of numbers", place);
    list.push_back(item.is_null() ? kMissing : item.get<double>());
  }
  return list;
}

}  // namespace

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json parse_json(std::string_view text, std::string_view place) {
  const auto refuse_depth = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kDeepest) throw DataError(place, "JSON nested deeper than {} levels", kDeepest);
    return true;
  };
  try {
    return Json::parse(text, refuse_depth);
  } catch (const Json::exception& error) {
    throw DataError(place, "expected JSON; {}", error.what());
  }
}

template <>
Json member(const Json& object, std::string_view key, std::string_view place) {
  return find(object, key, place);
}

template <>
int member(const Json& object, std::string_view key, std::string_view place) {
  return integer<int>(find(object, key, place), key, place);
}

template <>
std::int64_t member(const Json& object, std::string_view key, std::string_view place) {
  return integer<std::int64_t>(find(object, key, place), key, place);
}

template <>
std::uint64_t member(const Json& object, std::string_view key, std::string_view place) {
  return integer<std::uint64_t>(find(object, key, place), key, place);
}

template <>
double member(const Json& object, std::string_view key, std::string_view place) {
  const Json& value = find(object, key, place);
  if (value.is_null()) return kMissing;
  if (!value.is_number()) mismatch(value, key, "a number or null", place);
  return value.get<double>();
}

template <>
bool member(const Json& object, std::string_view key, std::string_view place) {
  const Json& value = find(object, key, place);
  if (!value.is_boolean()) mismatch(value, key, "true or false", place);
  return value.get<bool>();
}

template <>
std::string member(const Json& object, std::string_view key, std::string_view place) {
  const Json& value = find(object, key, place);
  if (!value.is_string()) mismatch(value, key, "a text", place);
  return value.get<std::string>();
}

template <>
std::vector<double> member(const Json& object, std::string_view key, std::string_view place) {
  return numbers(find(object, key, place), key, place);
}

template <>
std::vector<std::vector<double>> member(const Json& object, std::string_view key, std::string_view place) {
  const Json& value = find(object, key, place);
  if (!value.is_array()) mismatch(value, key, "an array of arrays of numbers", place);
  std::vector<std::vector<double>> rows;
  for (const Json& row : value) rows.push_back(numbers(row, key, place));
  return rows;
}

}  // namespace tse
