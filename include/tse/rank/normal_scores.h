#pragma once

#include <span>
#include <vector>

namespace tse {

/// Where the standard normal distribution function is `p`, in (0, 1).
double normal_quantile(double p);

/// Blom's normal scores (Blom 1958): the quantile at (r - 3/8)/(n + 1/4) for the value of rank r of n, from 1, equal
/// values sharing their mean rank. Only the order of the values counts. None may be NaN.
std::vector<double> normal_scores(std::span<const double> values);

}  // namespace tse
