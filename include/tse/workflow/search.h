#pragma once

#include <string>
#include <vector>

#include "tse/report/progress.h"
#include "tse/report/search.h"
#include "tse/space/space.h"
#include "tse/store/store.h"
#include "tse/study/growth.h"
#include "tse/study/plan.h"

namespace tse {

/// The objectives that texts name, each a list: estimators, whose scores are higher is better, and numbers of the
/// network (tse/space/numbers.h), of which less is better. UsageError where one is neither or comes twice, or where
/// there is none.
std::vector<SearchObjective> parse_objectives(const std::vector<std::string>& texts);

/// What a search may propose: connected networks that fulfil the requirement. UsageError where that is none.
Domain search_domain(const std::shared_ptr<const Space>& space, const std::string& require, const Task& task,
                     Preference prefers = {});

/// How the plan's objectives score a trial. A blend is on the scale of the first of the `known` trials; without any, of
/// those that are asked for, as they come.
TrialScores scorer_of(const Plan& plan, const Task& task, const std::vector<Trial>& known);

/// A search of this plan in this study, which `ahead` trials may wait or run in.
Growth grow_by(Store& store, const Plan& plan, int ahead, std::function<double()> elapsed);

/// UsageError where the plan's search cannot begin: an algorithm for other spaces or fewer objectives, a requirement
/// that nothing fulfils, an epoch budget below one training, an objective that the trainings do not give.
void expect_searchable(const Plan& plan);

/// What a search of these trials will do beside them, as far as its budget tells.
PlannedWork planned_work(const Plan& plan, const std::vector<Trial>& trials, bool over);

/// How far a search is.
StudyProgress search_progress(const std::vector<Trial>& trials, const Growth& growth, const Plan& plan);

/// Adds what follows from the history: the front of several objectives, the drawing of the best.
void finish_view(SearchView& view, const Space& space);

/// The results of a search so far, with everything that its reports show.
SearchView search_view(Store& store, const Plan& plan, const std::string& study);

}  // namespace tse
