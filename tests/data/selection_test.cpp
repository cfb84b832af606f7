#include "tse/data/selection.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "support/expect_error.h"
#include "tse/base/error.h"
#include "tse/base/random.h"

namespace tse {
namespace {

using testing::HasSubstr;

Selection select(int train, int valid, std::uint64_t seed = 0) {
  Selection selection;
  selection.train = train;
  selection.valid = valid;
  selection.seed = seed;
  return selection;
}

std::vector<int> shuffled(int count, std::uint64_t seed) {
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  Stream(derive_seed(seed, "split")).shuffle(std::span(order));
  return order;
}

constexpr int kAll = Selection::kUnsaid;

TEST(Split, TakesTheFirstAndTheNextOfTheShuffle) {
  const std::vector<int> order = shuffled(10, 7);
  const Split split = make_split(10, select(3, 4, 7), 0.5, "data");
  EXPECT_EQ(split.train, std::vector<int>(order.begin(), order.begin() + 3));
  EXPECT_EQ(split.valid, std::vector<int>(order.begin() + 3, order.begin() + 7));
}

TEST(Split, SizesFollowWhatIsSaid) {
  struct Case {
    int train, valid;
    double fraction;
    std::size_t expected_train, expected_valid;
  };
  for (const Case& c : std::vector<Case>{{kAll, kAll, 0.5, 50, 51},
                                         {kAll, kAll, 0.0, 101, 0},
                                         {kAll, kAll, 0.2, 81, 20},
                                         {kAll, 30, 0.5, 71, 30},
                                         {kAll, 0, 0.5, 101, 0},
                                         {40, kAll, 0.5, 40, 0},
                                         {101, 0, 0.5, 101, 0}}) {
    const Split split = make_split(101, select(c.train, c.valid), c.fraction, "data");
    EXPECT_EQ(split.train.size(), c.expected_train) << c.train << " " << c.valid << " " << c.fraction;
    EXPECT_EQ(split.valid.size(), c.expected_valid) << c.train << " " << c.valid << " " << c.fraction;
  }
}

TEST(Split, KeepsThePublishedValidationSet) {
  const auto split_of = [](int train, int valid, double fraction) {
    return make_split(10, select(train, valid, 7), fraction, "data", 4);
  };
  const auto sorted = [](std::vector<int> indices) {
    std::ranges::sort(indices);
    return indices;
  };
  EXPECT_EQ(sorted(split_of(kAll, kAll, 0.5).train), (std::vector<int>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(sorted(split_of(kAll, kAll, 0.1).valid), (std::vector<int>{6, 7, 8, 9}));
  EXPECT_EQ(split_of(kAll, kAll, 0).train.size(), 10U);
  EXPECT_EQ(split_of(kAll, 0, 0.5).train.size(), 10U);
  const Split some = split_of(3, 2, 0.5);
  EXPECT_EQ(some.train.size(), 3U);
  EXPECT_LT(std::ranges::max(some.train), 6);
  EXPECT_EQ(some.valid.size(), 2U);
  EXPECT_GE(std::ranges::min(some.valid), 6);
  EXPECT_EQ(split_of(8, kAll, 0.5).valid.size(), 0U);
  EXPECT_THAT(message_of<UsageError>([&] { split_of(3, 5, 0.5); }),
              HasSubstr("valid must be at most the 4 published validation images; got 5"));
}

TEST(Split, IsAPartitionForRandomSizes) {
  Stream stream(3);
  for (int round = 0; round < 200; ++round) {
    const int count = 1 + static_cast<int>(stream.below(60));
    const int train = 1 + static_cast<int>(stream.below(static_cast<std::uint64_t>(count)));
    const int valid = static_cast<int>(stream.below(static_cast<std::uint64_t>(count - train) + 1));
    const Split split = make_split(count, select(train, valid, stream()), 0.5, "data");
    std::vector<int> all = split.train;
    all.insert(all.end(), split.valid.begin(), split.valid.end());
    std::ranges::sort(all);
    EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
    EXPECT_TRUE(all.front() >= 0 && all.back() < count);
    EXPECT_EQ(all.size(), static_cast<std::size_t>(train + valid));
  }
}

TEST(Split, RefusesMoreThanThereIs) {
  EXPECT_THAT(message_of<UsageError>([] { make_split(10, select(8, 3), 0.5, "data"); }),
              HasSubstr("[data] train + valid must be at most the 10 training images; got 8 + 3"));
  EXPECT_THAT(message_of<UsageError>([] { make_split(10, select(11, kAll), 0.5, "data"); }), HasSubstr("got 11 + 0"));
  EXPECT_THAT(message_of<UsageError>([] { make_split(10, select(2147483647, 2147483647), 0.5, "data"); }),
              HasSubstr("got 2147483647 + 2147483647"));
  EXPECT_THAT(message_of<UsageError>([] { make_split(10, select(0, 3), 0.5, "data"); }),
              HasSubstr("at least 1; got 0"));
  EXPECT_THAT(message_of<UsageError>([] { make_split(10, select(kAll, 10), 0.5, "data"); }), HasSubstr("must leave"));
}

}  // namespace
}  // namespace tse
