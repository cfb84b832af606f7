#include "search_values.h"

#include <algorithm>
#include <cmath>

#include "tse/base/missing.h"
#include "tse/report/units.h"

namespace tse {

double objective_of(const SearchView& view, const SearchTrial& trial, std::size_t objective) {
  return objective < trial.scores.size() ? view.objectives[objective].value(trial.scores[objective]) : kMissing;
}

std::string objective_text(const SearchView& view, const SearchTrial& trial, std::size_t objective) {
  const double value = objective_of(view, trial, objective);
  const std::string& name = view.objectives[objective].name;
  const bool counted = (name == "params" || name == "macs") && std::isfinite(value);
  return counted ? count_text(std::llround(value)) : number_text(value);
}

bool shows_params(const SearchView& view) {
  return !view.params.empty() &&
         std::ranges::find(view.objectives, "params", &SearchObjective::name) == view.objectives.end();
}

bool shows_outcome(const SearchView& view) {
  return view.outcome &&
         std::ranges::find(view.objectives, view.outcome->name, &SearchObjective::name) == view.objectives.end();
}

std::string outcome_number(double value) { return fixed_text(value, std::abs(value) < 2 ? 4 : 3); }

}  // namespace tse
