#include "tse/estimate/race.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tse/base/spec.h"
#include "tse/estimate/record.h"

namespace tse {
namespace {

constexpr std::array<std::string_view, 5> kSums = {"tse", "tse-e", "tse-ema", "tse-ema-paper", "tse-ema-naslib"};

}  // namespace

bool can_race(const Estimator& estimator) {
  return std::ranges::find(kSums, parse_spec(estimator.spec(), "estimator").name) != kSums.end();
}

double best_possible_score(const Estimator& estimator, const Trace& trace, int epochs) {
  std::vector<double> losses = trace.step_loss;
  losses.resize(static_cast<std::size_t>(std::max(epochs, 0)) * static_cast<std::size_t>(steps_per_epoch(trace)), 0.0);
  Record record = record_of(trace, {});
  record.step_loss = losses;
  record.status = TraceStatus::ok;
  return estimator.score(record, epochs);
}

}  // namespace tse
