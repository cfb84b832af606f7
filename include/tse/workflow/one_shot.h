#pragma once

#include <string>
#include <vector>

#include "tse/report/one_shot.h"
#include "tse/report/progress.h"
#include "tse/store/store.h"
#include "tse/study/plan.h"

namespace tse {

/// UsageError where the plan's one-shot search cannot begin: a space without super-network, a sampler that does not fit
/// it, an estimator that a candidate's trace says nothing of.
void expect_one_shot(const Plan& plan);

/// The whole path of a super-network's file. DataError where it is none of the space's, or was not trained to its end.
std::string checked_supernet(const std::string& file, const std::string& space);

/// The results so far.
OneShotView one_shot_view(Store& store, const Plan& plan, const std::string& study);

/// How far it is, by the steps of all trainings.
StudyProgress one_shot_progress(const std::vector<Trial>& trials, const Plan& plan);

}  // namespace tse
