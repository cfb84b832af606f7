#include "search_values.h"

#include <algorithm>
#include <cmath>

#include "tse/base/missing.h"
#include "tse/report/units.h"

namespace tse {

double objective_of(const SearchView& view, const SearchTrial& trial, std::size_t objective) {
  return objective < trial.scores.size() ? view.objectives[objective].value(trial.scores[objective]) : kMissing;
}

bool shows_outcome(const SearchView& view) {
  return view.outcome &&
         std::ranges::find(view.objectives, view.outcome->name, &SearchObjective::name) == view.objectives.end();
}

std::string outcome_number(double value) { return fixed_text(value, std::abs(value) < 2 ? 4 : 3); }

}  // namespace tse
