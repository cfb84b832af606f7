#include "tse/rank/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tse/base/random.h"
#include "tse/rank/correlation.h"

namespace tse {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

bool any_nan(std::span<const double> values) {
  return std::ranges::any_of(values, [](double value) { return std::isnan(value); });
}

void gather(const std::vector<int>& codes, std::span<const int> indices, std::vector<int>& drawn) {
  drawn.clear();
  for (const int index : indices) drawn.push_back(codes[static_cast<std::size_t>(index)]);
}

/// Of the sorted values, at a share of them in [0, 1].
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
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
  if (values.empty()) return {.low = kUndefined, .high = kUndefined, .dropped = dropped};
  std::ranges::sort(values);
  const double tail = (1 - level) / 2;
  return {.low = quantile(values, tail), .high = quantile(values, 1 - tail), .dropped = dropped};
}

Interval correlation_interval(std::span<const double> x, std::span<const double> y, CodeCorrelation correlation,
                              const Bootstrap& bootstrap) {
  if (x.size() != y.size()) throw std::invalid_argument("correlation_interval: lengths differ");
  std::vector<double> values;
  if (!any_nan(x) && !any_nan(y)) {
    const auto x_codes = order_codes(x);
    const auto y_codes = order_codes(y);
    std::vector<int> x_drawn;
    std::vector<int> y_drawn;
    resample(static_cast<int>(x.size()), bootstrap, [&](int, std::span<const int> indices) {
      gather(x_codes, indices, x_drawn);
      gather(y_codes, indices, y_drawn);
      values.push_back(correlation(x_drawn, y_drawn));
    });
  }
  return percentile_interval(std::move(values), bootstrap.level);
}

Interval difference_interval(std::span<const double> a, std::span<const double> b, std::span<const double> outcome,
                             CodeCorrelation correlation, const Bootstrap& bootstrap) {
  if (a.size() != outcome.size() || b.size() != outcome.size())
    throw std::invalid_argument("difference_interval: lengths differ");
  std::vector<double> values;
  if (!any_nan(a) && !any_nan(b) && !any_nan(outcome)) {
    const auto a_codes = order_codes(a);
    const auto b_codes = order_codes(b);
    const auto outcome_codes = order_codes(outcome);
    std::vector<int> a_drawn;
    std::vector<int> b_drawn;
    std::vector<int> outcome_drawn;
    resample(static_cast<int>(a.size()), bootstrap, [&](int, std::span<const int> indices) {
      gather(a_codes, indices, a_drawn);
      gather(b_codes, indices, b_drawn);
      gather(outcome_codes, indices, outcome_drawn);
      values.push_back(correlation(a_drawn, outcome_drawn) - correlation(b_drawn, outcome_drawn));
    });
  }
  return percentile_interval(std::move(values), bootstrap.level);
}

}  // namespace tse
