#include "tse/rank/pareto.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

namespace tse {

bool dominates(std::span<const double> a, std::span<const double> b) {
  bool better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] < b[i]) return false;
    better = better || a[i] > b[i];
  }
  return better;
}

std::vector<int> fronts(const std::vector<std::vector<double>>& points) {
  const std::size_t n = points.size();
  std::vector<std::vector<std::size_t>> below(n);  // whom each dominates
  std::vector<int> above(n, 0);                    // how many dominate it, of those not yet in a front
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (!dominates(points[i], points[j])) continue;
      below[i].push_back(j);
      ++above[j];
    }
  }
  std::vector<int> front(n, -1);
  std::vector<std::size_t> now;
  for (std::size_t i = 0; i < n; ++i) {
    if (above[i] == 0) now.push_back(i);
  }
  for (int rank = 0; !now.empty(); ++rank) {
    std::vector<std::size_t> next;
    for (const std::size_t i : now) {
      front[i] = rank;
      for (const std::size_t j : below[i]) {
        if (--above[j] == 0) next.push_back(j);
      }
    }
    now = std::move(next);
  }
  return front;
}

std::vector<double> crowding(const std::vector<std::vector<double>>& front) {
  std::vector<double> distance(front.size(), 0);
  if (front.empty()) return distance;
  std::vector<std::size_t> order(front.size());
  for (std::size_t objective = 0; objective < front.front().size(); ++objective) {
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto value = [&](std::size_t i) { return front[i][objective]; };
    std::ranges::stable_sort(order, {}, value);
    const double range = value(order.back()) - value(order.front());
    distance[order.front()] = distance[order.back()] = std::numeric_limits<double>::infinity();
    for (std::size_t k = 1; k + 1 < order.size() && range > 0; ++k) {
      if (value(order[k + 1]) == value(order[k - 1])) continue;  // infinite ones, too
      const double gap = value(order[k + 1]) - value(order[k - 1]);
      distance[order[k]] += std::isinf(gap) ? 1 : gap / range;
    }
  }
  return distance;
}

double hypervolume(const std::vector<std::vector<double>>& points, std::span<const double> reference) {
  const std::size_t last = reference.size() - 1;
  std::vector<std::vector<double>> above;
  for (const std::vector<double>& point : points) {
    bool everywhere = true;
    for (std::size_t i = 0; i <= last; ++i) everywhere = everywhere && point[i] > reference[i];
    if (everywhere) above.push_back(point);
  }
  std::ranges::sort(above, std::ranges::greater{}, [&](const std::vector<double>& point) { return point[last]; });
  if (last == 0) return above.empty() ? 0 : above.front()[0] - reference[0];
  double volume = 0;
  std::vector<std::vector<double>> slice;  // of the points so far, without the last objective
  for (std::size_t i = 0; i < above.size(); ++i) {
    slice.emplace_back(above[i].begin(), above[i].end() - 1);
    const double floor = i + 1 < above.size() ? above[i + 1][last] : reference[last];
    if (above[i][last] > floor) volume += (above[i][last] - floor) * hypervolume(slice, reference.first(last));
  }
  return volume;
}

}  // namespace tse
