#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tse/store/store.h"
#include "tse/study/plan.h"

namespace tse {

// A study of one-shot search: its first trials train the super-networks; behind them come the candidates of the first,
// then those of the second, and so on, in the order of the plan. They are appended as soon as their super-network is
// there, so that no worker waits for another super-network.

/// The trainings of the super-networks, which the study begins with.
std::vector<Job> supernet_jobs(const Plan& plan);

/// Those of a super-network's candidates, from one on.
std::vector<Job> candidate_jobs(const Plan& plan, int supernet, int first = 0);

/// How many trials the whole study has.
int one_shot_trials(const OneShotPlan& plan);

/// The super-network of a trial, and which candidate it is; nothing of the latter where it trains a super-network.
struct OneShotPlace {
  int supernet = 0;
  std::optional<int> candidate = {};
};
OneShotPlace one_shot_place(const OneShotPlan& plan, int trial);

/// Mini-batches of a candidate that count as one epoch: the greatest that all of the plan's are multiples of.
int batches_of_epoch(const OneShotPlan& plan);

/// Makes a training a candidate: it inherits weights, is trained by this recipe, and sees the mini-batches that all
/// candidates of the study see. Where this recipe
/// does not say, it takes as many images at a time as before.
void inherit(Job& job, const OneShot& from, const std::string& recipe, std::uint64_t study_seed);

/// Appends the candidates whose super-network is trained. False once there are no more to come. Those of a
/// super-network that failed or diverged fail with it.
bool grow_one_shot(Store& store, const Plan& plan);

}  // namespace tse
