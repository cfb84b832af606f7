#pragma once

#include <span>
#include <vector>

namespace tse {

/// How well one order agrees with another, in [-1, 1]. All take the same number of values in x and y, in any unit:
/// only their order counts. Infinities are ordered like numbers, and equal ones tie. NaN where either side is constant
/// or has fewer than two values, and where a value is NaN: the caller leaves out the pairs that were not measured.

/// Spearman's rho: Pearson's correlation of the ranks, ties sharing their mean rank (as scipy.stats.spearmanr).
double spearman(std::span<const double> x, std::span<const double> y);

/// Kendall's tau-b = (C - D)/sqrt((n0 - tx)(n0 - ty)): concordant less discordant pairs, n0 = n(n-1)/2, tx and ty the
/// pairs tied in x and in y. In O(n log n) by Knight 1966, doi:10.1080/01621459.1966.10480879.
double kendall(std::span<const double> x, std::span<const double> y);

/// Codes from 0 in the order of the values, equal for equal values, without gaps. None may be NaN. The correlations of
/// the codes are those of the values, and cheaper: what resampling works on.
std::vector<int> order_codes(std::span<const double> values);
double spearman_of_codes(std::span<const int> x, std::span<const int> y);
double kendall_of_codes(std::span<const int> x, std::span<const int> y);

/// The value to 12 significant digits: scores are compared after this, so that sums equal on paper tie.
double round_for_ranking(double score);

}  // namespace tse
