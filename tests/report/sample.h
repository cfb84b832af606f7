#pragma once

#include <vector>

#include "tse/report/differentiate.h"
#include "tse/report/one_shot.h"
#include "tse/report/ranking.h"
#include "tse/report/search.h"

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

/// Six trials by hand: two that went well, one that diverged, one that failed, one that shares the result of trial 1,
/// and the best, which was trained to the end beside the largest network.
SearchView search();

/// The same on recorded results, with outcomes, and three ways to search compared.
SearchView replayed_search();

/// The same by two objectives; trials 0 and 5 are the front.
SearchView front_search();

/// Two super-networks and three candidates by hand, of which the last was not scored by the second; two scores after
/// two numbers of mini-batches, and two that need none.
OneShotView one_shot();

/// Two methods with two seeds of three epochs by hand, with a table's outcomes of all but one architecture; the last
/// search is still in its second epoch.
DifferentiateView differentiate();

}  // namespace tse::sample
