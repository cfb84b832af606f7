#pragma once

#include "tse/base/random.h"
#include "tse/trial/trace.h"

namespace tse {

/// A trace of whole epochs with a smaller last batch more often than not.
inline Trace random_trace(Stream& random, int epochs) {
  Trace trace{.status = TraceStatus::ok};
  trace.batch = 1 + static_cast<int>(random.below(9));
  trace.train_images = trace.batch + static_cast<int>(random.below(60));
  const int steps = steps_per_epoch(trace) * epochs;
  for (int step = 0; step < steps; ++step) trace.step_loss.push_back(0.01 + 4 * random.unit());
  return trace;
}

/// The same with evaluations of both splits after every epoch.
inline Trace random_evaluated_trace(Stream& random, int epochs) {
  Trace trace = random_trace(random, epochs);
  for (int t = 1; t <= epochs; ++t) {
    for (const char* split : {"valid", "test"})
      trace.evaluations.push_back({.split = split, .epoch = t, .loss = 4 * random.unit(), .accuracy = random.unit()});
  }
  return trace;
}

/// The training cut after so many steps, and what was measured after that gone.
inline void cut(Trace& trace, std::size_t steps) {
  trace.step_loss.resize(steps);
  std::erase_if(trace.evaluations, [&](const Evaluation& e) { return e.epoch > epochs(trace); });
}

/// A trace known by its epoch means only, as tables of curves are: one step of one image in each epoch.
inline Trace curve(std::vector<double> losses) {
  return {.status = TraceStatus::ok, .train_images = 1, .batch = 1, .step_loss = std::move(losses)};
}

}  // namespace tse
