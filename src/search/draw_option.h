#pragma once

#include <cstddef>
#include <vector>

#include "tse/base/random.h"

namespace tse {

/// One of these probabilities' places, as probable as they say.
inline std::size_t draw_option(const std::vector<double>& probabilities, Stream& random) {
  double left = random.unit();
  for (std::size_t i = 0; i + 1 < probabilities.size(); ++i) {
    left -= probabilities[i];
    if (left < 0) return i;
  }
  return probabilities.size() - 1;
}

}  // namespace tse
