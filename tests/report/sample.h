#pragma once

#include <vector>

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

}  // namespace tse::sample
