#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tse/report/progress.h"
#include "tse/search/domain.h"
#include "tse/space/space.h"
#include "tse/store/store.h"
#include "tse/study/growth.h"
#include "tse/study/plan.h"
#include "tse/workflow/draw.h"

namespace tse {

/// What a search may propose: connected networks that fulfil the requirement. UsageError where that is none.
Domain search_domain(const std::shared_ptr<const Space>& space, const std::string& require, const Task& task,
                     Preference prefers = {});

/// UsageError where an algorithm needs the scores that it would lose to trainings that end early.
void expect_to_ignore_scores(const std::string& algo, const char* flag);

/// UsageError where successive halving would look at no training before its end.
void expect_rungs(int first_rung, int epochs);

/// UsageError at `flag` where the plan's trainings, gone well, do not give one of these scores: a validation that does
/// not take place, a window or a step beyond their end.
void expect_given(const Plan& plan, const std::vector<std::string>& scores, const char* flag);

/// How many images there can be for training, as far as that is known before they are read.
int most_training_images(const Plan& plan);

/// UsageError where the plan's search cannot begin: an algorithm for other spaces or fewer objectives, a requirement
/// that nothing fulfils, an epoch budget below one training, an objective that the trainings do not give.
void expect_searchable(const Plan& plan);

/// A search of this plan in this study, of which `ahead` trials may wait or run. Store and watch must outlive it.
Growth grow_by(Store& store, const Plan& plan, const std::string& study, int ahead, std::function<double()> elapsed,
               DrawWatch& watch);

/// What a search will still do.
struct YetToCome {
  bool proposes = true;
  bool finals = false;  // trainings of the winner to the end
};

/// The work of that, beside these trials, as far as the budget tells.
PlannedWork planned_work(const Plan& plan, const std::vector<Trial>& trials, const YetToCome& yet);

/// How far a search is.
StudyProgress search_progress(const std::vector<Trial>& trials, const Growth& growth, const Plan& plan);

}  // namespace tse
