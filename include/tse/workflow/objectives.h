#pragma once

#include <string>
#include <vector>

#include "tse/report/search.h"
#include "tse/space/space.h"
#include "tse/study/growth.h"
#include "tse/study/plan.h"

namespace tse {

/// The objectives that texts name, each a list: estimators, whose scores are higher is better, and numbers of the
/// network (tse/space/numbers.h), of which less is better. UsageError where one is neither or comes twice, or where
/// there is none.
std::vector<SearchObjective> parse_objectives(const std::vector<std::string>& texts);

/// How the plan's objectives score a trial. A blend is on the scale of the first of the `known` trials; without any, of
/// those that are asked for, as they come.
TrialScores scorer_of(const Plan& plan, const Task& task, const std::vector<Trial>& known);

}  // namespace tse
