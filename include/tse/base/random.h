#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

namespace tse {

/// A stream of random numbers: SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195). Eight bytes of
/// state, so one can be made for every image of every epoch. Satisfies std::uniform_random_bit_generator, but the
/// draws below are used instead of the standard distributions, whose results differ between standard libraries.
class Stream {
 public:
  using result_type = std::uint64_t;

  explicit Stream(std::uint64_t seed) : state_(seed) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()();

  /// Uniform in [0, bound), without bias; `bound` must be positive.
  std::uint64_t below(std::uint64_t bound);

  /// Uniform in [0, 1), 53 random bits.
  double unit();

  /// Fisher-Yates.
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t left = items.size(); left > 1; --left) std::swap(items[left - 1], items[below(left)]);
  }

 private:
  std::uint64_t state_;
};

/// The seed of one random stream: every stream of a study comes from (seed, purpose, index), never from a shared
/// generator, so a trial's numbers do not depend on what ran before it or beside it.
std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0);

}  // namespace tse
