#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tse/estimate/estimator.h"
#include "tse/estimate/fitted.h"
#include "tse/estimate/runs.h"
#include "tse/search/replay.h"
#include "tse/space/space.h"
#include "tse/workflow/replay_search.h"

namespace tse {

/// What one number of a search is read from.
struct Recording {
  std::string name;
  bool cost = false;  // less is better, in the objective's own sense
  std::shared_ptr<const Estimator> estimator;
  std::shared_ptr<const FittedEstimator> fitted = {};  // on the scale of all that is recorded
  int epochs = 0;
  bool course = false;  // of one training at a time, at any epoch
};

/// The study with what is recorded of each architecture.
struct Recorded {
  Runs runs;
  RunOutcome outcome;  // values NaN where there is none
  bool has_outcome = false;
  Task task = {};  // of its images, where it knows them
  std::shared_ptr<const Space> space;
};

/// DataError where its trainings are none of the space.
Recorded recorded(const ReplayRequest& request);

/// What a list of objectives is read from, after so many epochs where it does not say. UsageError where one is unknown
/// to the study.
std::vector<Recording> recordings_of(const Recorded& study, const std::string& list, int epochs);

/// What a search by these recordings sees, and successive halving after so many epochs; only trainings that have all of
/// them. UsageError where none has.
RecordedResults results_of(const Recorded& study, const std::vector<Recording>& recordings,
                           const std::vector<int>& rungs);

}  // namespace tse
