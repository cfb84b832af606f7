// Training speed from a training loop of your own: feed each step's loss, ask for scores at any moment.
//
// Here two networks "train" by a formula, so that the program needs no data and always prints the same. The second is
// slower at first and better in the end: plain TSE prefers it from epoch 12 on, the moving average from epoch 6.

#include <fmt/format.h>

#include <cmath>

#include "tse/estimate/streaming.h"

namespace {

constexpr int kSteps = 98;       // of an epoch: 25,000 images in batches of 256
constexpr int kLastBatch = 168;  // images of its last step
constexpr int kEpochs = 12;

/// Starts at `first`, approaches `last`, with a wave in place of noise.
double loss(double first, double last, double speed, int step) {
  const double epoch = static_cast<double>(step) / kSteps;
  return last + (first - last) * std::exp(-speed * epoch) + 0.01 * std::sin(step);
}

}  // namespace

int main() {
  tse::TrainingSpeed quick({.steps_per_epoch = kSteps, .estimators = {"tse", "tse-ema"}});
  tse::TrainingSpeed deep({.steps_per_epoch = kSteps, .estimators = {"tse", "tse-ema"}});

  fmt::print("epoch  tse: quick      deep  tse-ema: quick      deep\n");
  for (int step = 0; step < kEpochs * kSteps; ++step) {
    const int images = step % kSteps == kSteps - 1 ? kLastBatch : 256;
    quick.feed(loss(2.3, 0.9, 0.8, step), images);  // the loss that the loop has anyway, before the update
    deep.feed(loss(2.5, 0.3, 0.25, step), images);
    if ((step + 1) % (2 * kSteps) != 0) continue;
    fmt::print("{:5}  {:10.4f}  {:8.4f}  {:14.4f}  {:8.4f}\n", quick.epochs(), quick.score("tse"), deep.score("tse"),
               quick.score("tse-ema"), deep.score("tse-ema"));
  }

  deep.feed(std::nan(""));
  fmt::print("after a loss that is not a number: {}\n", deep.score("tse-ema"));
}
