#include "tse/rank/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "tse/base/missing.h"
#include "tse/base/random.h"
#include "tse/rank/correlation.h"
#include "tse/rank/mean.h"

namespace tse {
namespace {

void gather(std::span<const int> codes, std::span<const int> indices, std::vector<int>& drawn) {
  drawn.clear();
  for (const int index : indices) drawn.push_back(codes[static_cast<std::size_t>(index)]);
}

}  // namespace

void resample(int n, const Bootstrap& bootstrap, const std::function<void(int, std::span<const int>)>& use) {
  std::vector<int> indices(static_cast<std::size_t>(n));
  for (int b = 0; b < bootstrap.resamples; ++b) {
    Stream random(derive_seed(bootstrap.seed, "bootstrap", static_cast<std::uint64_t>(b)));
    for (int& index : indices) index = static_cast<int>(random.below(static_cast<std::uint64_t>(n)));
    use(b, indices);
  }
}

Interval percentile_interval(std::vector<double> values, double level) {
  const auto undefined = std::ranges::remove_if(values, [](double value) { return std::isnan(value); });
  const auto dropped = static_cast<int>(undefined.size());
  values.erase(undefined.begin(), undefined.end());
  if (values.empty()) return {.low = kMissing, .high = kMissing, .dropped = dropped};
  std::ranges::sort(values);
  const double tail = (1 - level) / 2;
  return {.low = quantile(values, tail), .high = quantile(values, 1 - tail), .dropped = dropped};
}

std::vector<double> resampled_correlations(std::span<const int> x, std::span<const int> y, CodeCorrelation correlation,
                                           const Bootstrap& bootstrap) {
  if (x.size() != y.size()) throw std::invalid_argument("resampled_correlations: lengths differ");
  std::vector<double> values;
  std::vector<int> x_drawn;
  std::vector<int> y_drawn;
  resample(static_cast<int>(x.size()), bootstrap, [&](int, std::span<const int> indices) {
    gather(x, indices, x_drawn);
    gather(y, indices, y_drawn);
    values.push_back(correlation(x_drawn, y_drawn));
  });
  return values;
}

Interval correlation_interval(std::span<const double> x, std::span<const double> y, CodeCorrelation correlation,
                              const Bootstrap& bootstrap) {
  if (x.size() != y.size()) throw std::invalid_argument("correlation_interval: lengths differ");
  if (std::cmp_less(x.size(), kFewestToResample) || any_missing(x) || any_missing(y))
    return percentile_interval({}, bootstrap.level);
  return percentile_interval(resampled_correlations(order_codes(x), order_codes(y), correlation, bootstrap),
                             bootstrap.level);
}

}  // namespace tse
