#include "tse/rank/pareto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tse/base/random.h"

namespace tse {
namespace {

using Points = std::vector<std::vector<double>>;

Points random_points(std::uint64_t seed, int count, int objectives) {
  Stream random(seed);
  Points points;
  for (int i = 0; i < count; ++i) {
    std::vector<double>& point = points.emplace_back();
    for (int k = 0; k < objectives; ++k) point.push_back(static_cast<double>(random.below(20)));
  }
  return points;
}

/// What diverged is infinitely bad; the order of others must not break by it.
TEST(Pareto, CrowdingIsANumberWhateverDiverged) {
  const double bad = -std::numeric_limits<double>::infinity();
  for (const double distance : crowding({{bad, 5}, {bad, 5}, {bad, 5}, {1, 5}, {2, 5}}))
    EXPECT_FALSE(std::isnan(distance));
}

TEST(Pareto, FrontsAreThoseOfPeelingOneByOne) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Points points = random_points(seed, 40, 2 + static_cast<int>(seed % 2));
    const std::vector<int> result = fronts(points);
    for (std::size_t i = 0; i < points.size(); ++i) {
      int above = -1;  // the last front that has one which dominates it
      for (std::size_t j = 0; j < points.size(); ++j) {
        if (dominates(points[j], points[i])) above = std::max(above, result[j]);
      }
      EXPECT_EQ(result[i], above + 1);
    }
  }
}

TEST(Pareto, HypervolumeCountsTheUnitCellsThatArePointsBelow) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const int objectives = 2 + static_cast<int>(seed % 2);
    const Points points = random_points(seed, 12, objectives);
    const std::vector<double> reference(static_cast<std::size_t>(objectives), 2.0);
    int cells = 0;
    const int depth = objectives == 3 ? 20 : 1;
    for (int a = 2; a < 20; ++a) {
      for (int b = 2; b < 20; ++b) {
        for (int c = objectives == 3 ? 2 : 0; c < depth; ++c) {
          for (const auto& point : points) {
            if (point[0] > a && point[1] > b && (objectives == 2 || point[2] > c)) {
              ++cells;
              break;
            }
          }
        }
      }
    }
    EXPECT_DOUBLE_EQ(hypervolume(points, reference), cells);
  }
}

TEST(Pareto, HypervolumeIsTheShareOfRandomPointsBelow) {
  constexpr int kDraws = 20'000;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    Stream random(seed);
    const std::size_t objectives = 2 + seed % 2;
    const auto point = [&] {
      std::vector<double> values(objectives);
      for (double& value : values) value = random.unit();
      return values;
    };
    Points points;
    for (int i = 0; i < 8; ++i) points.push_back(point());
    int below = 0;
    for (int i = 0; i < kDraws; ++i) {
      const std::vector<double> drawn = point();
      below += std::ranges::any_of(points, [&](const auto& each) { return dominates(each, drawn); });
    }
    const double volume = hypervolume(points, std::vector<double>(objectives, 0.0));
    EXPECT_NEAR(static_cast<double>(below) / kDraws, volume, 4.5 * std::sqrt(volume * (1 - volume) / kDraws));
  }
}

TEST(Pareto, CrowdingIsInfiniteAtTheEndsAndTheShareOfTheGapBetween) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(crowding({{0, 10}, {1, 8}, {4, 4}, {10, 0}}),
              testing::ElementsAre(kInfinity, 0.4 + 0.6, 0.9 + 0.8, kInfinity));
}

// A network that could not be measured may have the worst score in one objective only.
TEST(Pareto, CrowdingIsANumberBesideInfiniteScores) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(crowding({{-kInfinity, 10}, {1, 8}, {4, 4}, {10, 0}}),
              testing::ElementsAre(kInfinity, 1 + 0.6, 0 + 0.8, kInfinity));
  EXPECT_THAT(crowding({{-kInfinity, 1}, {-kInfinity, 1}, {-kInfinity, 1}}),
              testing::ElementsAre(kInfinity, 0, kInfinity));
}

}  // namespace
}  // namespace tse
