#include "tse/rank/normal_scores.h"

#include <cmath>
#include <numbers>

#include "tse/rank/correlation.h"

namespace tse {

// by bisection: it is asked for once per rank, and its last bits depend on nothing but erfc
double normal_quantile(double p) {
  double low = -10;
  double high = 10;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::numbers::sqrt2) / 2 < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

std::vector<double> normal_scores(std::span<const double> values) {
  const std::vector<int> codes = order_codes(values);
  std::vector<double> counts(values.size());
  for (const int code : codes) ++counts[static_cast<std::size_t>(code)];
  std::vector<double> scores;  // by code
  double below = 0;
  for (const double count : counts) {
    if (count == 0) break;
    const double rank = below + (count + 1) / 2;
    scores.push_back(normal_quantile((rank - 0.375) / (static_cast<double>(values.size()) + 0.25)));
    below += count;
  }
  std::vector<double> list;
  list.reserve(values.size());
  for (const int code : codes) list.push_back(scores[static_cast<std::size_t>(code)]);
  return list;
}

}  // namespace tse
