#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace tse {

/// Fewer pairs get no interval: the bootstrap of two or three is as good as certain of anything.
inline constexpr int kFewestToResample = 5;

/// How often to resample, and from which seed.
struct Bootstrap {
  int resamples = 1000;
  std::uint64_t seed = 0;
  double level = 0.95;  // of the interval

  bool operator==(const Bootstrap&) const = default;
};

/// A percentile interval; NaN at both ends where no resample gave a value.
struct Interval {
  double low = 0;
  double high = 0;
  int dropped = 0;  // resamples without a value, left out

  bool operator==(const Interval&) const = default;
};

/// A correlation of order codes: spearman_of_codes or kendall_of_codes.
using CodeCorrelation = double (*)(std::span<const int>, std::span<const int>);

/// Calls `use(b, indices)` for each resample b: n indices drawn from [0, n) with replacement. They depend on seed, b
/// and n alone, so whatever is computed from the same n items, in one call or in many, is paired.
void resample(int n, const Bootstrap& bootstrap, const std::function<void(int, std::span<const int>)>& use);

/// The middle `level` of the values (Efron 1979, percentile method), between two of them by linear interpolation; NaN
/// values are dropped and counted.
Interval percentile_interval(std::vector<double> values, double level);

/// The correlation of every resample, x and y by their order codes. Those of two scores with one outcome are paired, so
/// their differences are a resampled difference.
std::vector<double> resampled_correlations(std::span<const int> x, std::span<const int> y, CodeCorrelation correlation,
                                           const Bootstrap& bootstrap);

/// How sure a correlation is: pairs (x,y) resampled together. NaN at both ends where a value is NaN or the pairs are
/// fewer than kFewestToResample.
Interval correlation_interval(std::span<const double> x, std::span<const double> y, CodeCorrelation correlation,
                              const Bootstrap& bootstrap = {});

}  // namespace tse
