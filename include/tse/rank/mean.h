#pragma once

#include <span>

namespace tse {

/// NaN where there are no values.
double mean(std::span<const double> values);

/// Of their mean: s/sqrt(n), s with n - 1 degrees of freedom. NaN where there are fewer than two values.
double standard_error(std::span<const double> values);

/// Of sorted values, at a share of them in [0, 1], by linear interpolation between two. There must be one.
double quantile(std::span<const double> sorted, double share);

}  // namespace tse
