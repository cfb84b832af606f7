#include "tse/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace tse {
namespace {

/// The sum of (seen - expected)^2/expected over bins that should all be seen equally often.
double chi_squared(const std::vector<int>& seen) {
  double draws = 0;
  for (const int count : seen) draws += count;
  const double expected = draws / static_cast<double>(seen.size());
  double sum = 0;
  for (const int count : seen) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(Stream, PublishedVectorOfSplitMix64) {
  Stream random(1234567);
  for (const std::uint64_t expected : {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                       4593380528125082431U, 16408922859458223821U}) {
    EXPECT_EQ(random(), expected);
  }
}

TEST(Stream, BelowIsUniform) {
  Stream random(1);
  std::vector<int> seen(10);
  for (int i = 0; i < 100000; ++i) ++seen.at(random.below(10));
  EXPECT_LT(chi_squared(seen), 33.7);  // 9 degrees of freedom: one seed in 10,000 is above
}

TEST(Stream, BelowHasNoBiasWhereTheRemainderIsLarge) {
  // 3 * 2^62 does not divide 2^64: a plain remainder would draw the first quarter of the range twice as often.
  Stream random(2);
  constexpr std::uint64_t kBound = 3ULL << 62U;
  std::vector<int> seen(3);
  for (int i = 0; i < 30000; ++i) ++seen.at(random.below(kBound) >> 62U);
  EXPECT_LT(chi_squared(seen), 18.4);  // 2 degrees of freedom: one seed in 10,000 is above
}

TEST(Stream, BelowOneIsZero) {
  Stream random(3);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(random.below(1), 0U);
}

TEST(Stream, UnitIsUniformInTheHalfOpenInterval) {
  Stream random(4);
  std::vector<int> seen(20);
  for (int i = 0; i < 100000; ++i) {
    const double value = random.unit();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    ++seen.at(static_cast<std::size_t>(value * 20));
  }
  EXPECT_LT(chi_squared(seen), 49.0);  // 19 degrees of freedom: one seed in 5,000 is above
}

TEST(Stream, ShuffleReachesEveryOrderEquallyOften) {
  Stream random(5);
  std::vector<std::array<int, 4>> orders;
  std::array<int, 4> order = {0, 1, 2, 3};
  do {
    orders.push_back(order);
  } while (std::ranges::next_permutation(order).found);
  std::vector<int> seen(orders.size());
  for (int i = 0; i < 24000; ++i) {
    std::array<int, 4> items = {0, 1, 2, 3};
    random.shuffle(std::span<int>(items));
    ++seen.at(static_cast<std::size_t>(std::ranges::find(orders, items) - orders.begin()));
  }
  EXPECT_LT(chi_squared(seen), 56.0);  // 23 degrees of freedom: one seed in 7,000 is above
}

TEST(DeriveSeed, IsDistinctForEverySeedPurposeAndIndex) {
  std::set<std::uint64_t> seeds;
  std::size_t made = 0;
  for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL, 1ULL << 63U, ~0ULL}) {
    for (const std::string purpose : {"", "a", "b", "ab", "ba", "weights", "batches", "weight", "augment"}) {
      for (std::uint64_t index = 0; index < 2000; ++index) {
        seeds.insert(derive_seed(seed, purpose, index));
        ++made;
      }
    }
  }
  EXPECT_EQ(seeds.size(), made);
}

TEST(DeriveSeed, NeighbouringStreamsAreUnrelated) {
  // The first draws of the streams of consecutive indices are as uniform as the draws of one stream, and half of the
  // bits change from one to the next.
  std::vector<int> seen(10);
  double bits_changed = 0;
  std::uint64_t before = 0;
  constexpr int kStreams = 20000;
  for (int index = 0; index < kStreams; ++index) {
    Stream random(derive_seed(1, "augment", static_cast<std::uint64_t>(index)));
    const std::uint64_t first = random();
    bits_changed += std::popcount(first ^ before);
    before = first;
    ++seen.at(random.below(10));
  }
  EXPECT_LT(chi_squared(seen), 33.7);
  EXPECT_NEAR(bits_changed / kStreams, 32, 0.15);  // five standard errors: 4/sqrt(20,000)
}

}  // namespace
}  // namespace tse
