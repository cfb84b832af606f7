#include "tse/space/choices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "support/expect_error.h"
#include "tse/base/error.h"

namespace tse {
namespace {

/// Places with so many options each.
Choices choices_of(const std::vector<int>& counts) {
  std::vector<Place> places;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    Place place{.name = "p" + std::to_string(i), .options = {}};
    for (int option = 0; option < counts[i]; ++option) place.options.push_back("o" + std::to_string(option));
    places.push_back(std::move(place));
  }
  return Choices(std::move(places));
}

std::vector<Picks> all_picks(const Choices& choices) {
  std::vector<Picks> all;
  for (std::uint64_t i = 0; i < choices.size().value(); ++i) all.push_back(choices.at(i));
  return all;
}

int places_that_differ(const Picks& a, const Picks& b) {
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] == b.at(i) ? 0 : 1;
  return count;
}

/// Pearson's statistic of counts that should be equal.
template <class Key>
double chi_squared(const std::map<Key, int>& counts, std::size_t cells, int draws) {
  EXPECT_EQ(counts.size(), cells);
  const double expected = static_cast<double>(draws) / static_cast<double>(cells);
  double sum = 0;
  for (const auto& [key, count] : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(Choices, NumbersThePicksFirstPlaceSlowest) {
  const Choices choices = choices_of({2, 1, 3});
  EXPECT_EQ(all_picks(choices), (std::vector<Picks>{{0, 0, 0}, {0, 0, 1}, {0, 0, 2}, {1, 0, 0}, {1, 0, 1}, {1, 0, 2}}));
  for (std::uint64_t i = 0; i < 6; ++i) EXPECT_EQ(choices.index_of(choices.at(i)), i);
}

/// Sizes that are published: NAS-Bench-201 (arXiv 2001.00326), NDS's ResNeXt-B of 2^25.65, and DARTS's cells, where a
/// node picks one of the pairs of its 2, 3, 4 or 5 predecessors and an operation for each: 1,037,664,180 per cell.
TEST(Choices, CountThePublishedSpaces) {
  EXPECT_EQ(choices_of({5, 5, 5, 5, 5, 5}).size(), 15625U);
  EXPECT_EQ(choices_of({5, 5, 3, 5, 5, 5, 3, 5, 5, 5, 3, 5}).size(), 52'734'375U);
  const std::vector<int> cell = {1, 7, 7, 3, 7, 7, 6, 7, 7, 10, 7, 7};
  EXPECT_EQ(choices_of(cell).size(), 1'037'664'180U);
  std::vector<int> both = cell;
  both.insert(both.end(), cell.begin(), cell.end());
  EXPECT_EQ(choices_of(both).size(), std::uint64_t{1'037'664'180} * 1'037'664'180);
}

TEST(Choices, CountUpTo2To63) {
  EXPECT_EQ(choices_of(std::vector<int>(63, 2)).size(), std::uint64_t{1} << 63U);
  EXPECT_EQ(choices_of(std::vector<int>(64, 2)).size(), std::nullopt);
  std::vector<int> counts(21, 8);
  EXPECT_EQ(choices_of(counts).size(), std::uint64_t{1} << 63U);
  counts.push_back(1);
  EXPECT_EQ(choices_of(counts).size(), std::uint64_t{1} << 63U);
  counts.push_back(3);  // 3 * 2^63 is 2^63 modulo 2^64
  EXPECT_EQ(choices_of(counts).size(), std::nullopt);
  EXPECT_EQ(choices_of({}).size(), 1U);
}

TEST(Choices, NumberTheirLastPicks) {
  const Choices choices = choices_of(std::vector<int>(63, 2));
  const Picks last(63, 1);
  EXPECT_EQ(choices.at(*choices.size() - 1), last);
  EXPECT_EQ(choices.index_of(last), *choices.size() - 1);
}

TEST(Choices, AreSampledByOneDrawOfTheirNumber) {
  const Choices choices = choices_of({3, 4, 2});
  Stream picks(7);
  Stream numbers(7);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(choices.index_of(choices.sample(picks)), numbers.below(24));
}

TEST(Choices, AreSampledUniformly) {
  const Choices choices = choices_of({2, 1, 3});
  Stream random(8);
  constexpr int kDraws = 30000;
  std::map<Picks, int> counts;
  for (int i = 0; i < kDraws; ++i) ++counts[choices.sample(random)];
  EXPECT_LT(chi_squared(counts, 6, kDraws), 20.52);  // 0.1 % of the distribution with five degrees of freedom
}

TEST(Choices, BeyondNumbersAreSampledUniformlyToo) {
  std::vector<int> counts(40, 5);
  counts.front() = 3;
  const Choices choices = choices_of(counts);
  ASSERT_EQ(choices.size(), std::nullopt);
  Stream random(9);
  constexpr int kDraws = 30000;
  std::map<std::pair<int, int>, int> ends;  // of the first and the last place together
  for (int i = 0; i < kDraws; ++i) {
    const Picks picks = choices.sample(random);
    choices.check(picks);
    ++ends[{picks.front(), picks.back()}];
  }
  EXPECT_LT(chi_squared(ends, 15, kDraws), 36.12);  // 0.1 % with fourteen degrees of freedom
}

TEST(Choices, NeighboursAreAllThatDifferInOnePlace) {
  const Choices choices = choices_of({3, 1, 2, 4});
  const std::vector<Picks> all = all_picks(choices);
  for (const Picks& picks : all) {
    const std::vector<Picks> list = choices.neighbours(picks);
    const std::set<Picks> neighbours(list.begin(), list.end());
    EXPECT_EQ(neighbours.size(), list.size());
    for (const Picks& other : all) {
      EXPECT_EQ(neighbours.contains(other), places_that_differ(picks, other) == 1);
    }
  }
  EXPECT_EQ(choices.neighbours({1, 0, 0, 2}),
            (std::vector<Picks>{{0, 0, 0, 2}, {2, 0, 0, 2}, {1, 0, 1, 2}, {1, 0, 0, 0}, {1, 0, 0, 1}, {1, 0, 0, 3}}));
}

TEST(Choices, AMutationGoesToEveryNeighbour) {
  const Choices choices = choices_of({3, 1, 2, 4});
  const Picks picks = {1, 0, 1, 2};
  Stream random(10);
  constexpr int kDraws = 30000;
  std::map<Picks, int> reached;
  std::map<std::size_t, int> places;
  for (int i = 0; i < kDraws; ++i) {
    const Picks other = choices.mutated(picks, random);
    EXPECT_EQ(places_that_differ(picks, other), 1);
    ++reached[other];
    for (std::size_t place = 0; place < picks.size(); ++place) {
      if (other[place] != picks[place]) ++places[place];
    }
  }
  EXPECT_EQ(reached.size(), choices.neighbours(picks).size());
  EXPECT_LT(chi_squared(places, 3, kDraws), 13.82);  // 0.1 % with two degrees of freedom
}

TEST(Choices, RefuseBrokenPlaces) {
  const auto says = [](std::vector<Place> places) {
    return message_of<UsageError>([&] { Choices{std::move(places)}; });
  };
  EXPECT_EQ(says({{.name = "", .options = {"a"}}}), "[choices] expected a name for each place; got an empty one");
  EXPECT_EQ(says({{.name = "edge", .options = {}}}), "[place edge] expected at least one option; got none");
  EXPECT_EQ(says({{.name = "edge", .options = {"a", "b", "a"}}}),
            "[place edge] expected each option once; got 'a' again");
  EXPECT_EQ(says({{.name = "edge", .options = {"a"}}, {.name = "edge", .options = {"b"}}}),
            "[choices] expected a name of its own for each place; got 'edge' again");
}

TEST(Choices, RefuseWhatAreNoPicks) {
  const Choices choices = choices_of({3, 2});
  const auto says = [&](const Picks& picks) { return message_of<UsageError>([&] { choices.check(picks); }); };
  EXPECT_EQ(says({1}), "[choices] expected 2 picks, one per place; got 1");
  EXPECT_EQ(says({1, 2}), "[place p1] expected an option in [0, 1]; got 2");
  EXPECT_EQ(says({-1, 1}), "[place p0] expected an option in [0, 2]; got -1");
  Stream random(1);
  EXPECT_THROW((void)choices.index_of({3, 0}), UsageError);
  EXPECT_THROW((void)choices.neighbours({0, 2}), UsageError);
  EXPECT_THROW((void)choices.mutated({0, 2}, random), UsageError);
  EXPECT_EQ(message_of<UsageError>([&] { (void)choices.at(6); }), "[choices] expected an index in [0, 5]; got 6");
}

TEST(Choices, RefuseWhatTheyCannotDo) {
  const Choices many = choices_of(std::vector<int>(64, 2));
  EXPECT_THAT(message_of<UsageError>([&] { (void)many.at(0); }), testing::HasSubstr("at most 2^63"));
  EXPECT_THAT(message_of<UsageError>([&] { (void)many.index_of(Picks(64, 0)); }), testing::HasSubstr("at most 2^63"));
  EXPECT_EQ(many.neighbours(Picks(64, 0)).size(), 64U);
  Stream random(1);
  EXPECT_THAT(message_of<UsageError>([&] { (void)choices_of({1, 1}).mutated({0, 0}, random); }),
              testing::HasSubstr("no place has one"));
}

}  // namespace
}  // namespace tse
