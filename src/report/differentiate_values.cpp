#include "differentiate_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "train_command.h"
#include "tse/report/units.h"

namespace tse {

FoundNow last_found(const DifferentiateRun& run) {
  if (run.found.empty()) return {};
  const std::size_t last = run.found.size() - 1;
  FoundNow now{.found = &run.found[last]};
  if (last < run.outcomes.size()) now.outcome = run.outcomes[last].value_or(kMissing);
  if (last < run.skips.size()) now.skips = run.skips[last];
  if (last < run.entropies.size()) now.entropy = run.entropies[last];
  return now;
}

const DifferentiateRun* first_found(const DifferentiateMethod& method) {
  const auto run = std::ranges::find_if(method.runs, [](const DifferentiateRun& each) { return !each.found.empty(); });
  return run == method.runs.end() ? nullptr : &*run;
}

MethodResult result_of(const DifferentiateMethod& method) {
  MethodResult result;
  for (const DifferentiateRun& run : method.runs) {
    if (run.status == TraceStatus::running || run.status == TraceStatus::failed) continue;
    ++result.finished;
    const FoundNow now = last_found(run);
    result.outcomes.push_back(now.outcome);
    result.skips.push_back(now.skips);
    result.entropies.push_back(now.entropy);
  }
  return result;
}

int outcome_decimals(const DifferentiateView& view) {
  const std::array levels = {view.random, view.largest, view.best};
  return std::ranges::any_of(levels, [](double level) { return level > 2; }) ? 2 : 4;
}

std::string references_sentence(const DifferentiateView& view) {
  if (!view.outcome) return "";
  const int decimals = outcome_decimals(view);
  std::vector<std::string> known;
  const auto add = [&](std::string_view whose, double value) {
    if (!std::isnan(value)) known.push_back(fmt::format("{} {}", whose, fixed_text(value, decimals)));
  };
  add("random (the mean of all)", view.random);
  add("the largest network", view.largest);
  add("the best", view.best);
  if (known.empty()) return "";
  return fmt::format("{} in the table: {}.", view.outcome->name, fmt::join(known, ", "));
}

std::string train_command(const DifferentiateView& view, const Found& found) {
  return train_command(view.space, view.data, found.arch);
}

}  // namespace tse
