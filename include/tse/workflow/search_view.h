#pragma once

#include <string>

#include "tse/report/search.h"
#include "tse/space/space.h"
#include "tse/store/store.h"
#include "tse/study/plan.h"

namespace tse {

/// The results of a search so far, with everything that its reports show.
SearchView search_view(Store& store, const Plan& plan, const std::string& study);

/// Adds what follows from the history: the front of several objectives, the drawing of the best.
void finish_view(SearchView& view, const Space& space);

}  // namespace tse
