#pragma once

#include <string>

#include "tse/report/ranking.h"
#include "tse/store/store.h"
#include "tse/study/plan.h"
#include "tse/study/study.h"

namespace tse {

/// The images of a study in words.
std::string split_text(const DataRecord& record);

/// The results of a study so far, by the estimators of its plan, with everything that its reports show.
Ranking ranking_of(Store& store, const Plan& plan, const std::string& study);

/// What the study's verb prints, for a terminal of so many columns (0: no limit).
std::string results_text(const Plan& plan, const Ranking& ranking, int width);
Json results_json(const Plan& plan, const Ranking& ranking);

}  // namespace tse
