#include "tse/estimate/streaming.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "estimate/random_trace.h"

namespace tse {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Equal to the bit, or both NaN.
void expect_same(double a, double b, const std::string& what) {
  if (std::isnan(a) && std::isnan(b)) return;
  EXPECT_EQ(a, b) << what;
}

const std::vector<std::string> kFollowed = {"tse",
                                            "tse:mean=steps",
                                            "tse-e",
                                            "tse-e:epochs=3",
                                            "tse-e:steps=5",
                                            "tse-ema",
                                            "tse-ema:mu=0.5,mean=steps",
                                            "tse-ema-paper",
                                            "tse-ema-naslib",
                                            "train-loss-minibatch",
                                            "train-loss-minibatch:step=2"};

TEST(TrainingSpeed, AgreesWithTheTraceAtTheEndOfEachEpoch) {
  Stream random(1);
  for (int i = 0; i < 100; ++i) {
    Trace trace = random_trace(random, 8);
    if (i % 4 == 0) trace.step_loss[random.below(trace.step_loss.size())] = i % 8 == 0 ? std::nan("") : kInfinity;
    const int steps = steps_per_epoch(trace);
    TrainingSpeed speed({.steps_per_epoch = steps, .estimators = kFollowed});
    for (std::size_t step = 0; step < trace.step_loss.size(); ++step) {
      speed.feed(trace.step_loss[step], batch_images(trace, step));
      if ((step + 1) % static_cast<std::size_t>(steps) != 0) continue;
      const int T = static_cast<int>(step + 1) / steps;
      EXPECT_EQ(speed.epochs(), T);
      for (const std::string& name : kFollowed)
        expect_same(speed.score(name), make_estimator(name)->score(trace, T), name);
    }
  }
}

TEST(TrainingSpeed, AFractionIsKnownOnceItsStepsAreFed) {
  Stream random(2);
  for (int i = 0; i < 100; ++i) {
    const Trace trace = random_trace(random, 5);
    const int steps = steps_per_epoch(trace);
    const std::string name = "tse-e:epochs=0.5";
    const int q = steps / 2;
    TrainingSpeed speed({.steps_per_epoch = steps, .estimators = {name}});
    for (std::size_t step = 0; step < trace.step_loss.size(); ++step) {
      speed.feed(trace.step_loss[step], batch_images(trace, step));
      const int fed = static_cast<int>(step) + 1;
      const int T = fed % steps >= q ? fed / steps + 1 : fed / steps;  // the newest epoch with q steps
      if (T >= 1) expect_same(speed.score(name), make_estimator(name)->score(trace, T), name);
    }
  }
}

TEST(TrainingSpeed, InsideAnEpochTheMeansStayAndTheStepsGoOn) {
  TrainingSpeed speed({.steps_per_epoch = 2, .estimators = {"tse", "tse-e:steps=2", "train-loss-minibatch"}});
  EXPECT_TRUE(std::isnan(speed.score("tse")));
  speed.feed(3);
  EXPECT_TRUE(std::isnan(speed.score("tse")));
  EXPECT_TRUE(std::isnan(speed.score("tse-e:steps=2")));
  EXPECT_EQ(speed.score("train-loss-minibatch"), -3);
  speed.feed(1);
  EXPECT_EQ(speed.score("tse"), -2);
  EXPECT_EQ(speed.score("tse-e:steps=2"), -4);
  speed.feed(0.5);
  EXPECT_EQ(speed.score("tse"), -2);
  EXPECT_EQ(speed.score("tse-e:steps=2"), -1.5);
  EXPECT_EQ(speed.score("train-loss-minibatch"), -0.5);
  speed.feed(std::nan(""));
  speed.feed(0.5);
  EXPECT_TRUE(speed.diverged());
  EXPECT_EQ(speed.score("tse"), -kInfinity);
}

TEST(TrainingSpeed, FollowsAllByDefaultAndNamesWhatItFollows) {
  TrainingSpeed all({.steps_per_epoch = 1});
  all.feed(1.5);
  EXPECT_GE(all.names().size(), 6U);
  for (const std::string& name : all.names()) EXPECT_EQ(all.score(name), -1.5) << name;
  EXPECT_THROW(all.score("valid-accuracy"), UsageError);
  EXPECT_EQ(all.score("tse-e:epochs=1"), -1.5);  // another spelling of tse-e
  EXPECT_THROW(all.score("tse-e:epochs=2"), UsageError);
}

TEST(TrainingSpeed, RefusesWhatCannotBe) {
  EXPECT_THROW(TrainingSpeed({.steps_per_epoch = 0}), UsageError);
  EXPECT_THROW(TrainingSpeed({.steps_per_epoch = 1, .estimators = {"nonsense"}}), UsageError);
  EXPECT_THROW(TrainingSpeed({.steps_per_epoch = 1, .estimators = {"params"}}), UsageError);
  TrainingSpeed speed({.steps_per_epoch = 1});
  EXPECT_THROW(speed.feed(1, 0), UsageError);
}

}  // namespace
}  // namespace tse
