#include "tse/rank/correlation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <stdexcept>

#include "tse/base/missing.h"

namespace tse {
namespace {

void check_lengths(std::size_t x, std::size_t y) {
  if (x != y) throw std::invalid_argument(fmt::format("correlation of {} values with {}", x, y));
}

/// How often each code occurs.
std::vector<std::int64_t> counts_of(std::span<const int> codes) {
  std::vector<std::int64_t> counts(codes.empty() ? 0 : static_cast<std::size_t>(*std::ranges::max_element(codes)) + 1);
  for (const int code : codes) ++counts[static_cast<std::size_t>(code)];
  return counts;
}

/// Twice the mean rank less its mean, for each code: whole numbers, so the sums over them are exact.
std::vector<double> centred_ranks(const std::vector<std::int64_t>& counts, std::size_t n) {
  std::vector<double> centred(counts.size());
  std::int64_t before = 0;
  for (std::size_t code = 0; code < counts.size(); ++code) {
    centred[code] = static_cast<double>(2 * before + counts[code] - static_cast<std::int64_t>(n));
    before += counts[code];
  }
  return centred;
}

std::int64_t pairs(std::int64_t n) { return n * (n - 1) / 2; }

std::int64_t tied_pairs(const std::vector<std::int64_t>& counts) {
  std::int64_t tied = 0;
  for (const std::int64_t count : counts) tied += pairs(count);
  return tied;
}

/// The indices in the order of their codes, those of one code in the order of `indices`.
std::vector<int> sorted_by(std::span<const int> codes, std::span<const int> indices,
                           const std::vector<std::int64_t>& counts) {
  std::vector<std::int64_t> next(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), next.begin(), std::int64_t{0});
  std::vector<int> sorted(indices.size());
  for (const int index : indices) {
    auto& place = next[static_cast<std::size_t>(codes[static_cast<std::size_t>(index)])];
    sorted[static_cast<std::size_t>(place++)] = index;
  }
  return sorted;
}

/// Pairs that stand in the wrong order; sorts the values. By merging runs, without a branch that depends on the values.
std::int64_t inversions(std::vector<int>& values) {
  std::int64_t count = 0;
  std::vector<int> merged(values.size());
  for (std::size_t width = 1; width < values.size(); width *= 2) {
    for (std::size_t first = 0; first < values.size(); first += 2 * width) {
      const std::size_t middle = std::min(first + width, values.size());
      const std::size_t last = std::min(first + 2 * width, values.size());
      std::size_t left = first;
      std::size_t right = middle;
      std::size_t to = first;
      while (left < middle && right < last) {
        const int a = values[left];
        const int b = values[right];
        const bool take_right = b < a;
        count += take_right ? static_cast<std::int64_t>(middle - left) : 0;
        merged[to++] = take_right ? b : a;
        left += take_right ? 0 : 1;
        right += take_right ? 1 : 0;
      }
      const auto at = [](std::size_t i) { return static_cast<std::ptrdiff_t>(i); };
      const auto rest = std::copy(values.begin() + at(left), values.begin() + at(middle), merged.begin() + at(to));
      std::copy(values.begin() + at(right), values.begin() + at(last), rest);
    }
    values.swap(merged);
  }
  return count;
}

}  // namespace

double spearman(std::span<const double> x, std::span<const double> y) {
  check_lengths(x.size(), y.size());
  if (any_missing(x) || any_missing(y)) return kMissing;
  return spearman_of_codes(order_codes(x), order_codes(y));
}

double kendall(std::span<const double> x, std::span<const double> y) {
  check_lengths(x.size(), y.size());
  if (any_missing(x) || any_missing(y)) return kMissing;
  return kendall_of_codes(order_codes(x), order_codes(y));
}

double spearman_of_codes(std::span<const int> x, std::span<const int> y) {
  check_lengths(x.size(), y.size());
  const auto x_ranks = centred_ranks(counts_of(x), x.size());
  const auto y_ranks = centred_ranks(counts_of(y), y.size());
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double x_rank = x_ranks[static_cast<std::size_t>(x[i])];
    const double y_rank = y_ranks[static_cast<std::size_t>(y[i])];
    xx += x_rank * x_rank;
    yy += y_rank * y_rank;
    xy += x_rank * y_rank;
  }
  if (xx == 0 || yy == 0) return kMissing;
  return xy / std::sqrt(xx * yy);
}

double kendall_of_codes(std::span<const int> x, std::span<const int> y) {
  check_lengths(x.size(), y.size());
  const auto x_counts = counts_of(x);
  const auto y_counts = counts_of(y);
  const std::int64_t all = pairs(static_cast<std::int64_t>(x.size()));
  const std::int64_t x_tied = tied_pairs(x_counts);
  const std::int64_t y_tied = tied_pairs(y_counts);
  if (x_tied == all || y_tied == all) return kMissing;

  std::vector<int> order(x.size());
  std::iota(order.begin(), order.end(), 0);
  order = sorted_by(x, sorted_by(y, order, y_counts), x_counts);
  std::vector<int> y_in_order(order.size());
  std::int64_t both_tied = 0;
  std::int64_t run = 0;  // items before this one that are tied with it in both
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto item = static_cast<std::size_t>(order[i]);
    y_in_order[i] = y[item];
    const bool tied = i > 0 && y_in_order[i - 1] == y[item] && x[static_cast<std::size_t>(order[i - 1])] == x[item];
    run = tied ? run + 1 : 0;
    both_tied += run;
  }
  const std::int64_t discordant = inversions(y_in_order);
  const std::int64_t concordant = all - x_tied - y_tied + both_tied - discordant;
  return static_cast<double>(concordant - discordant) /
         std::sqrt(static_cast<double>(all - x_tied) * static_cast<double>(all - y_tied));
}

}  // namespace tse
