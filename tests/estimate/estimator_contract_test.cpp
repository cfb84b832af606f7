#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "estimate/random_trace.h"
#include "tse/estimate/estimator.h"
#include "tse/estimate/loss_estimator.h"

namespace tse {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// What every estimator of the registry promises; `estimate/estimator.h` says it in words.
class EstimatorContract : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<const Estimator> estimator_ = make_estimator(GetParam());
};

std::vector<std::string> all_and_more() {
  auto names = estimators().names();
  for (const char* text :
       {"tse:mean=steps", "tse-e:epochs=3", "tse-e:epochs=0.5", "tse-e:steps=7", "tse-ema:mu=0.99",
        "tse-ema-paper:gamma=0.9,mean=steps", "tse-ema-naslib:mu=0.5", "train-loss-minibatch:step=1"})
    names.emplace_back(text);
  return names;
}

TEST_P(EstimatorContract, NameMakesTheSameAgain) {
  EXPECT_EQ(estimator_->spec(), GetParam());
  EXPECT_EQ(make_estimator(estimator_->spec())->spec(), estimator_->spec());
}

TEST_P(EstimatorContract, RefusesUnknownOptions) {
  const std::string before = GetParam().find(':') == std::string::npos ? ":" : ",";
  EXPECT_THROW(make_estimator(GetParam() + before + "nonsense=1"), UsageError);
}

TEST_P(EstimatorContract, IsANumberOnAWholeTraceAndTheSameEachTime) {
  Stream random(1);
  for (int i = 0; i < 50; ++i) {
    Trace trace = random_trace(random, 12);
    trace.batch = 1 + trace.train_images / 4;  // at least three steps in an epoch, so that half of one has one
    const int whole = epochs(trace);
    for (int t = 8; t < whole; ++t) {
      const double score = estimator_->score(trace, t);
      EXPECT_TRUE(std::isfinite(score)) << t;
      EXPECT_EQ(score, estimator_->score(trace, t));
    }
  }
}

TEST_P(EstimatorContract, LowerLossesScoreHigher) {
  Stream random(2);
  for (int i = 0; i < 50; ++i) {
    const Trace slow = random_trace(random, 10);
    Trace fast = slow;
    for (double& loss : fast.step_loss) loss *= 0.9;
    for (int t = 8; t < 10; ++t) {
      if (std::isnan(estimator_->score(slow, t))) continue;  // too few steps in its epochs
      EXPECT_GT(estimator_->score(fast, t), estimator_->score(slow, t));
    }
  }
}

TEST_P(EstimatorContract, DoesNotSeeBeyondTheNextEpoch) {
  Stream random(3);
  for (int i = 0; i < 50; ++i) {
    Trace trace = random_trace(random, 12);
    const double score = estimator_->score(trace, 8);
    const auto kept = static_cast<std::size_t>(steps_per_epoch(trace)) * 9;
    for (std::size_t step = kept; step < trace.step_loss.size(); ++step) trace.step_loss[step] = kNaN;
    trace.status = TraceStatus::diverged;
    if (std::isnan(score)) {
      EXPECT_TRUE(std::isnan(estimator_->score(trace, 8)));
    } else {
      EXPECT_EQ(estimator_->score(trace, 8), score);
    }
  }
}

TEST_P(EstimatorContract, AnyLossThatIsNotFiniteScoresWorst) {
  Stream random(4);
  for (int i = 0; i < 100; ++i) {
    Trace trace = random_trace(random, 8);
    const auto within = static_cast<std::size_t>(steps_per_epoch(trace)) * 6;
    const double bad = i % 3 == 0 ? kNaN : i % 3 == 1 ? kInfinity : -kInfinity;
    trace.step_loss[random.below(within)] = bad;
    EXPECT_EQ(estimator_->score(trace, 6), -kInfinity);
  }
}

TEST_P(EstimatorContract, DivergedBeforeTheBudgetScoresWorst) {
  Stream random(5);
  for (int i = 0; i < 100; ++i) {
    Trace trace = random_trace(random, 8);
    trace.step_loss.resize(1 + random.below(trace.step_loss.size() - 1));
    trace.step_loss.back() = kNaN;
    trace.status = TraceStatus::diverged;
    EXPECT_EQ(estimator_->score(trace, 8), -kInfinity);
    trace.step_loss.pop_back();  // recorded without the loss that ended it
    EXPECT_EQ(estimator_->score(trace, 8), -kInfinity);
  }
}

TEST_P(EstimatorContract, HealthyButTooShortIsNaN) {
  Stream random(6);
  for (const TraceStatus status : {TraceStatus::ok, TraceStatus::running, TraceStatus::failed}) {
    Trace trace = random_trace(random, 8);
    trace.status = status;
    trace.step_loss.pop_back();
    EXPECT_TRUE(std::isnan(estimator_->score(trace, 8)));
    EXPECT_TRUE(std::isnan(estimator_->score(trace, 1000000)));
    EXPECT_TRUE(std::isnan(estimator_->score(trace, 0)));
    EXPECT_TRUE(std::isnan(estimator_->score(trace, -1)));
    EXPECT_TRUE(std::isnan(estimator_->score(Trace{.status = status}, 1)));
  }
}

INSTANTIATE_TEST_SUITE_P(AllEstimators, EstimatorContract, testing::ValuesIn(all_and_more()), [](const auto& param) {
  std::string name = param.param;
  for (char& letter : name)
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  return name;
});

TEST(Estimators, UnknownNameListsTheKnown) {
  try {
    make_estimator("tse-em");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("tse-ema-naslib"), testing::HasSubstr("did you mean")));
  }
}

}  // namespace
}  // namespace tse
