#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace tse {

/// A number that was not recorded, or is undefined. It is NaN: std::isnan finds it, == does not.
inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

inline bool any_missing(std::span<const double> values) {
  return std::ranges::any_of(values, [](double value) { return std::isnan(value); });
}

}  // namespace tse
