#include "tse/estimate/step_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tse/base/error.h"

namespace tse {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;

TEST(StepWeights, AreTheFormulas) {
  EXPECT_THAT(step_weights("tse", 4), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(step_weights("tse-e", 4), ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(step_weights("tse-e:epochs=3", 4), ElementsAre(0, 1, 1, 1));
  EXPECT_THAT(step_weights("tse-e:steps=2", 4), ElementsAre(0, 0, 1, 1));
  // a_1 = loss_1, a_t = (1 - mu) a_(t-1) + mu loss_t
  const double mu = 0.25;
  const double keeps = 1 - mu;
  EXPECT_THAT(step_weights("tse-ema:mu=0.25", 4),
              Pointwise(DoubleNear(1e-12), {keeps * keeps * keeps, mu * keeps * keeps, mu * keeps, mu}));
  EXPECT_THAT(step_weights("train-loss-minibatch", 3), ElementsAre(0, 0, 1));
}

TEST(StepWeights, AreOfSumsOfLossesAlone) {
  for (const char* name : {"valid-accuracy", "tse-e:epochs=9", "tse-e:epochs=0.5"})
    EXPECT_THROW((void)step_weights(name, 4), UsageError) << name;
  EXPECT_THROW((void)step_weights("nothing", 4), UsageError);
}

}  // namespace
}  // namespace tse
