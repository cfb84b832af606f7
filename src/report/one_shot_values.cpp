#include "one_shot_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "shell_word.h"
#include "tse/rank/mean.h"
#include "tse/report/units.h"

namespace tse {
namespace {

std::vector<double> known(const std::vector<double>& values) {
  std::vector<double> list;
  std::ranges::copy_if(values, std::back_inserter(list), [](double value) { return !std::isnan(value); });
  return list;
}

}  // namespace

std::string mean_text(const std::vector<double>& values, int decimals) {
  const std::vector<double> list = known(values);
  if (list.empty()) return "-";
  if (list.size() == 1) return fixed_text(list.front(), decimals);
  const double deviation = standard_error(list) * std::sqrt(static_cast<double>(list.size()));
  return fmt::format("{} ({})", fixed_text(mean(list), decimals), fixed_text(deviation, decimals));
}

std::string widest_interval(const std::vector<Interval>& intervals) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const Interval& interval : intervals) {
    if (std::isnan(interval.low)) continue;
    low = std::min(low, interval.low);
    high = std::max(high, interval.high);
  }
  return low <= high ? interval_text(low, high, 2) : "-";
}

std::string mini_batches(int count) { return fmt::format("{} mini-batch{}", count, count == 1 ? "" : "es"); }

std::vector<std::string> score_names(const OneShotView& view) {
  std::vector<std::string> names;
  for (const OneShotAgreement& each : view.agreements) {
    if (std::ranges::find(names, each.score) == names.end()) names.push_back(each.score);
  }
  return names;
}

int outcome_decimals(const OneShotView& view) { return view.all > 2 ? 2 : 4; }

std::string train_command(const OneShotView& view) {
  return fmt::format("tse train --space {} --data {} --arch {}", shell_word(view.space), shell_word(view.data),
                     shell_word(view.candidates.front().arch.text));
}

}  // namespace tse
