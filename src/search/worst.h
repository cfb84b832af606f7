#pragma once

#include <cmath>
#include <limits>

#include "tse/search/searcher.h"

namespace tse {

/// The same with the worst score in the place of those that are not numbers.
inline Observation without_nan(Observation observation) {
  for (double& score : observation.scores) {
    if (std::isnan(score)) score = -std::numeric_limits<double>::infinity();
  }
  return observation;
}

}  // namespace tse
