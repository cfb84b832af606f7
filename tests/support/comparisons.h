#pragma once

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tse/base/random.h"
#include "tse/compare/comparison.h"
#include "tse/estimate/runs.h"

namespace tse::sample {

/// Trainings of `epochs` epochs of three steps whose losses say the more of their quality the longer they go on; the
/// outcome is the quality.
inline Runs runs(int count, int epochs, std::uint64_t seed = 1) {
  Stream random(seed);
  std::vector<std::string> archs;
  std::vector<Trace> traces;
  Columns columns;
  RunOutcome outcome{.name = "quality", .source = "a test", .lower = false, .values = {}};
  for (int i = 0; i < count; ++i) {
    archs.push_back("arch-" + std::to_string(i));
    const double quality = random.unit();
    Trace trace{.status = TraceStatus::ok, .train_images = 12, .batch = 5};
    for (int t = 1; t <= epochs; ++t) {
      for (int step = 0; step < 3; ++step) trace.step_loss.push_back(2 - quality + 2 * random.unit() / t);
      trace.evaluations.push_back({.split = "valid", .epoch = t, .loss = 2 - quality, .accuracy = random.unit()});
    }
    traces.push_back(std::move(trace));
    columns["params"].push_back(std::floor(10 * random.unit()));
    outcome.values.push_back(quality);
  }
  Runs made("own", std::move(archs), std::move(traces), std::move(columns));
  made.outcome = std::move(outcome);
  return made;
}

/// The row of an estimator after `epochs` epochs. @throws std::out_of_range where there is none
inline ComparisonRow row_of(const Comparison& comparison, const std::string& estimator, int epochs) {
  for (const ComparisonRow& row : comparison.rows)
    if (row.estimator == estimator && row.epochs == epochs) return row;
  throw std::out_of_range(estimator + " after " + std::to_string(epochs));
}

}  // namespace tse::sample
