#include "mean_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "tse/rank/mean.h"
#include "tse/report/units.h"

namespace tse {

std::string mean_text(const std::vector<double>& values, int decimals) {
  std::vector<double> known;
  std::ranges::copy_if(values, std::back_inserter(known), [](double value) { return !std::isnan(value); });
  if (known.empty()) return "-";
  if (known.size() == 1) return fixed_text(known.front(), decimals);
  const double deviation = standard_error(known) * std::sqrt(static_cast<double>(known.size()));
  return fmt::format("{} ({})", fixed_text(mean(known), decimals), fixed_text(deviation, decimals));
}

}  // namespace tse
