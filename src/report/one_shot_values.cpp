#include "one_shot_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "train_command.h"
#include "tse/report/units.h"

namespace tse {

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
  return train_command(view.space, view.data, view.candidates.front().arch.text);
}

}  // namespace tse
