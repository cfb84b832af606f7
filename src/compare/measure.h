#pragma once

#include <string>
#include <vector>

#include "contestants.h"
#include "tse/compare/comparison.h"

namespace tse {

/// Scores of one contestant at one budget: one list for each score that it has (see Contestant), by training.
using Lanes = std::vector<std::vector<double>>;

/// Everything that a comparison looks at.
struct Arena {
  std::vector<Contestant> contestants;
  std::vector<double> quality;        // the outcome, higher is better
  std::vector<std::size_t> measured;  // the trainings that count
  std::vector<int> quality_codes;     // of those
};

/// A row, and what differences to it need.
struct Measured {
  std::vector<std::size_t> who;
  std::vector<double> resampled;  // correlations
};

/// Values of these places.
std::vector<double> pick(const std::vector<double>& values, const std::vector<std::size_t>& places);

/// Each training's mean over the lanes.
std::vector<double> mean_lane(const Lanes& lanes);

/// Fills a row but for its differences.
void measure(ComparisonRow& row, Measured& kept, const Arena& arena, const Lanes& lanes, const Comparison& about);

/// Fills its differences from the reference at the same budget, on the trainings that both have.
void compare(ComparisonRow& row, const ComparisonRow& reference, const Measured& mine, const Measured& other,
             const Arena& arena, const Lanes& lanes, const Lanes& reference_lanes, const Bootstrap& bootstrap);

/// The groups' means; `groups` names each training's, empty where it has none.
GroupRow by_group(const Arena& arena, const Lanes& lanes, const std::vector<std::string>& groups, bool lower);

}  // namespace tse
