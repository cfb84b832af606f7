#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tse/estimate/runs.h"
#include "tse/report/comparison.h"
#include "tse/report/ranking.h"

namespace tse::sample {

struct Options {
  int trials = 24;
  int epochs = 1;
  int steps = 40;       // of an epoch
  bool outcome = true;  // test accuracies at the end
  bool trouble = true;  // one diverged, one failed
};

/// A finished study of NAS-Bench-201 cells that never trained: losses fall towards a level that larger cells reach
/// lower, with noise, and the test accuracy follows the level.
std::vector<Trial> trials(const Options& options);

/// The same study ranked, with every fact that a page shows.
Ranking ranking(const Options& options);

/// Trainings of `epochs` epochs of three steps whose losses say the more of their quality the longer they go on; the
/// outcome is the quality.
Runs runs(int count, int epochs, std::uint64_t seed = 1);

/// The row of an estimator after `epochs` epochs. @throws std::out_of_range where there is none
ComparisonRow row_of(const Comparison& comparison, const std::string& estimator, int epochs);

}  // namespace tse::sample
