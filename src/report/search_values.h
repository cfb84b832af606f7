#pragma once

#include <cstddef>
#include <string>

#include "tse/report/search.h"

namespace tse {

/// A trial's value of an objective, in the objective's own sense; NaN where it has none.
double objective_of(const SearchView& view, const SearchTrial& trial, std::size_t objective);

/// That value as people read it: parameters and multiply-adds are counts.
std::string objective_text(const SearchView& view, const SearchTrial& trial, std::size_t objective);

/// Whether parameters are known, and no objective.
bool shows_params(const SearchView& view);

/// Whether the outcome tells more than the objectives do.
bool shows_outcome(const SearchView& view);

/// An outcome in its own unit: a fraction with one digit more than a percentage.
std::string outcome_number(double value);

}  // namespace tse
