#include "report/curves.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tse/base/random.h"

namespace tse {
namespace {

Trace trace_of(std::vector<double> losses, int steps_of_epoch) {
  Trace trace;
  trace.batch = 10;
  trace.train_images = 10 * steps_of_epoch;
  trace.step_loss = std::move(losses);
  return trace;
}

TEST(LossCurve, LongTrainingsAreDrawnByEpochs) {
  const auto curve = loss_curve(trace_of({4, 2, 3, 1}, 2), kEpochsForMeans);
  ASSERT_EQ(curve.size(), 2U);
  EXPECT_EQ(curve[0].epoch, 1);
  EXPECT_EQ(curve[0].loss, 3);
  EXPECT_EQ(curve[1].loss, 2);
}

TEST(LossCurve, ShortTrainingsAreDrawnByStepsSmoothedOverATenthOfAnEpoch) {
  Stream random(5);
  std::vector<double> losses;
  for (int i = 0; i < 400; ++i) losses.push_back(random.unit());
  const auto curve = loss_curve(trace_of(losses, 100), 4);
  EXPECT_LE(curve.size(), 150U);
  EXPECT_EQ(curve.back().epoch, 4);
  for (const CurvePoint& point : curve) {
    // the mean of the step and of its five neighbours on either side
    const int step = static_cast<int>(std::lround(point.epoch * 100)) - 1;
    double sum = 0;
    int count = 0;
    for (int i = std::max(0, step - 5); i <= std::min(399, step + 5); ++i, ++count)
      sum += losses[static_cast<std::size_t>(i)];
    EXPECT_NEAR(point.loss, sum / count, 1e-12);
  }
}

TEST(LossCurve, EndsBeforeALossThatIsNotFinite) {
  for (const int budget : {1, 100}) {
    const auto curve = loss_curve(trace_of({4, 2, std::nan(""), 1}, 2), budget);
    ASSERT_FALSE(curve.empty());
    EXPECT_LE(curve.back().epoch, 1);
    for (const CurvePoint& point : curve) EXPECT_TRUE(std::isfinite(point.loss));
  }
  EXPECT_TRUE(loss_curve(trace_of({std::nan("")}, 2), 1).empty());
  EXPECT_TRUE(loss_curve(Trace{}, 1).empty());
}

}  // namespace
}  // namespace tse
