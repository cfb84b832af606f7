#pragma once

#include <vector>

#include "tse/trial/trace.h"

namespace tse {

/// A point of a loss curve: training so far in epochs, loss in nats.
struct CurvePoint {
  double epoch = 0;
  double loss = 0;
};

/// Few epochs are drawn step by step, smoothed; from this many on, epoch means say enough.
inline constexpr int kEpochsForMeans = 12;

/// The training loss for drawing, some 150 points at most when drawn by steps: a moving mean of the step losses over a
/// tenth of an epoch where the budget is below kEpochsForMeans, else the epoch means at the end of their epochs. Ends
/// before the first loss that is not finite.
std::vector<CurvePoint> loss_curve(const Trace& trace, int budget_epochs);

}  // namespace tse
