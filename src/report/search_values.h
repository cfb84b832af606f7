#pragma once

#include <cstddef>
#include <string>

#include "tse/report/search.h"

namespace tse {

/// A trial's value of an objective, in the objective's own sense; NaN where it has none.
double objective_of(const SearchView& view, const SearchTrial& trial, std::size_t objective);

/// Whether the outcome tells more than the objectives do.
bool shows_outcome(const SearchView& view);

/// An outcome in its own unit: a fraction with one digit more than a percentage.
std::string outcome_number(double value);

}  // namespace tse
