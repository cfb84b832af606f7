#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "tse/rank/correlation.h"

namespace tse {
namespace {

constexpr int kDigits = 12;
constexpr int kExact = 22;  // 10^22 is the highest power of ten that a double holds exactly

constexpr std::array<double, kExact + 1> kPowers = [] {
  std::array<double, kExact + 1> powers{};
  double power = 1;
  for (double& entry : powers) {
    entry = power;
    power *= 10;
  }
  return powers;
}();

double power_of_ten(int exponent) {
  return exponent >= 0 ? kPowers[static_cast<std::size_t>(exponent)] : 1 / kPowers[static_cast<std::size_t>(-exponent)];
}

double round_by_text(double value) { return std::strtod(fmt::format("{:.{}e}", value, kDigits - 1).c_str(), nullptr); }

}  // namespace

// The digits as a whole number n = |value| 10^shift: below 10^12, so the product is wrong by less than 2^-13, and where
// it is not that near to the middle between two, n is the right one. Both n and the power being exact, dividing them
// rounds once, as reading the text would (Clinger 1990, doi:10.1145/93542.93557). All else goes by the text itself.
double round_for_ranking(double score) {
  if (!std::isfinite(score) || score == 0) return score;
  const double size = std::abs(score);
  if (size < 1e-10 || size >= 1e22) return round_by_text(score);
  int exponent = static_cast<int>(std::floor(std::log10(size)));
  if (size < power_of_ten(exponent)) --exponent;
  if (size >= power_of_ten(exponent + 1)) ++exponent;
  const int shift = kDigits - 1 - exponent;
  if (std::abs(shift) > kExact) return round_by_text(score);
  const double digits = shift >= 0 ? size * power_of_ten(shift) : size / power_of_ten(-shift);
  const double below = std::floor(digits);
  const double rest = digits - below;
  if (std::abs(rest - 0.5) < 1e-3) return round_by_text(score);
  const double whole = rest < 0.5 ? below : below + 1;
  const double rounded = shift >= 0 ? whole / power_of_ten(shift) : whole * power_of_ten(-shift);
  return std::copysign(rounded, score);
}

}  // namespace tse
