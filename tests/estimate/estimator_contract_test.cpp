#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "estimate/random_trace.h"
#include "tse/estimate/column.h"
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

  double score(const Trace& trace, int epochs) const { return of(trace, epochs, false).back(); }
  std::vector<double> scores(const Trace& trace, int epochs) const { return of(trace, epochs, true); }

 private:
  std::vector<double> of(const Trace& trace, int epochs, bool all) const {
    const Columns columns = {{"params", {1e6, 2e6}}, {"macs", {1e8, 2e8}}, {"snip", {0.5, 0.25}}};
    const Curves curves = curves_of(trace);
    Record record = record_of(trace, curves);
    record.columns = &columns;
    record.row = 1;
    return all ? estimator_->scores(record, epochs) : std::vector{estimator_->score(record, epochs)};
  }
};

std::vector<std::string> all_and_more() {
  auto names = estimators().names();
  std::erase(names, "column");  // which needs a name
  for (const char* text : {"tse:mean=steps", "tse-e:epochs=3", "tse-e:epochs=0.5", "tse-e:steps=7", "tse-ema:mu=0.99",
                           "tse-ema-paper:gamma=0.9,mean=steps", "tse-ema-naslib:mu=0.5", "train-loss-minibatch:step=1",
                           "valid-loss-sum:split=test", "valid-loss:split=test", "valid-accuracy:split=test",
                           "valid-loss-final:split=test", "tse-ema:abscissa=published",
                           "valid-accuracy:abscissa=published", "column:name=snip", "column:name=params,lower=1"})
    names.emplace_back(text);
  return names;
}

bool is_static(const std::string& name) { return dynamic_cast<const Column*>(make_estimator(name).get()) != nullptr; }

bool sees_the_end(const std::string& name) { return make_estimator(name)->sees_the_end(); }

template <class Unwanted>
std::vector<std::string> all_but(const Unwanted& unwanted) {
  auto names = all_and_more();
  std::erase_if(names, unwanted);
  return names;
}

/// What those promise too that see the first T epochs only, reference lines not being among them.
class PrefixContract : public EstimatorContract {};

/// What those promise too that look at the training, static scores not being among them.
class TrainingContract : public EstimatorContract {};

/// What those promise too that need the losses only.
class LossContract : public EstimatorContract {};

/// Equal to the bit, or both NaN.
void expect_same(double a, double b) {
  if (std::isnan(a) && std::isnan(b)) return;
  EXPECT_EQ(a, b);
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
    Trace trace = random_evaluated_trace(random, 12);
    trace.batch = 1 + trace.train_images / 4;  // at least three steps in an epoch, so that half of one has one
    const int whole = std::min(epochs(trace), 12);
    for (int t = 8; t < whole; ++t) {
      const double value = score(trace, t);
      EXPECT_TRUE(std::isfinite(value)) << t;
      EXPECT_EQ(value, score(trace, t));
    }
  }
}

TEST_P(EstimatorContract, AllBudgetsAtOnceAreEachBudget) {
  Stream random(8);
  for (int i = 0; i < 100; ++i) {
    Trace trace = random_evaluated_trace(random, 8);
    if (i % 3 == 0) trace.step_loss[random.below(trace.step_loss.size())] = i % 2 == 0 ? kNaN : kInfinity;
    if (i % 3 == 1) cut(trace, random.below(trace.step_loss.size()));
    if (i % 4 == 0) trace.status = TraceStatus::diverged;
    const auto list = scores(trace, 10);
    ASSERT_EQ(list.size(), 10U);
    for (int t = 1; t <= 10; ++t) expect_same(list[static_cast<std::size_t>(t) - 1], score(trace, t));
  }
  EXPECT_TRUE(scores(random_trace(random, 1), 0).empty());
}

TEST_P(LossContract, LowerLossesScoreHigher) {
  Stream random(2);
  for (int i = 0; i < 50; ++i) {
    const Trace slow = random_trace(random, 10);
    Trace fast = slow;
    for (double& loss : fast.step_loss) loss *= 0.9;
    for (int t = 8; t < 10; ++t) {
      if (std::isnan(score(slow, t))) continue;  // too few steps in its epochs
      EXPECT_GT(score(fast, t), score(slow, t));
    }
  }
}

TEST_P(PrefixContract, SeesTEpochsOnlyAndTheNextWhereItsNameSaysSo) {
  Stream random(3);
  const auto named = [](const char* option) { return GetParam().find(option) != std::string::npos; };
  const int evaluated = named("abscissa=published") ? 9 : 8;
  const int trained = evaluated;
  for (int i = 0; i < 50; ++i) {
    Trace trace = random_evaluated_trace(random, 12);
    const double before = score(trace, 8);
    const auto kept = static_cast<std::size_t>(steps_per_epoch(trace)) * static_cast<std::size_t>(trained);
    for (std::size_t step = kept; step < trace.step_loss.size(); ++step) trace.step_loss[step] = kNaN;
    for (Evaluation& e : trace.evaluations) {
      if (e.epoch > evaluated) e = {.split = e.split, .epoch = e.epoch, .loss = kNaN, .accuracy = 0};
    }
    trace.status = TraceStatus::diverged;
    expect_same(score(trace, 8), before);
  }
}

TEST_P(TrainingContract, AnyLossThatIsNotFiniteScoresWorst) {
  Stream random(4);
  for (int i = 0; i < 100; ++i) {
    Trace trace = random_evaluated_trace(random, 8);
    const auto within = static_cast<std::size_t>(steps_per_epoch(trace)) * 6;
    const double bad = i % 3 == 0 ? kNaN : i % 3 == 1 ? kInfinity : -kInfinity;
    trace.step_loss[random.below(within)] = bad;
    EXPECT_EQ(score(trace, 6), -kInfinity);
  }
}

TEST_P(TrainingContract, DivergedBeforeTheBudgetScoresWorst) {
  Stream random(5);
  for (int i = 0; i < 100; ++i) {
    Trace trace = random_evaluated_trace(random, 8);
    cut(trace, 1 + random.below(trace.step_loss.size() - 1));
    trace.step_loss.back() = kNaN;
    trace.status = TraceStatus::diverged;
    EXPECT_EQ(score(trace, 8), -kInfinity);
    trace.step_loss.pop_back();  // recorded without the loss that ended it
    EXPECT_EQ(score(trace, 8), -kInfinity);
  }
}

TEST_P(EstimatorContract, NoEpochsAreNaN) {
  Stream random(9);
  const Trace trace = random_evaluated_trace(random, 3);
  EXPECT_TRUE(std::isnan(score(trace, 0)));
  EXPECT_TRUE(std::isnan(score(trace, -1)));
}

TEST_P(TrainingContract, NothingRecordedIsNaN) {
  for (const TraceStatus status : {TraceStatus::ok, TraceStatus::running, TraceStatus::failed})
    EXPECT_TRUE(std::isnan(score(Trace{.status = status}, 1)));
}

/// Those that both see the first T epochs only and look at the training.
class TrainingPrefixContract : public EstimatorContract {};

TEST_P(TrainingPrefixContract, HealthyButTooShortIsNaN) {
  Stream random(6);
  for (const TraceStatus status : {TraceStatus::ok, TraceStatus::running, TraceStatus::failed}) {
    Trace trace = random_evaluated_trace(random, 8);
    trace.status = status;
    cut(trace, trace.step_loss.size() - 1);
    EXPECT_TRUE(std::isnan(score(trace, 8)));
    EXPECT_TRUE(std::isnan(score(trace, 100000)));
  }
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& letter : name)
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  return name;
}

const auto kNotOfLosses = [](const std::string& name) {
  return dynamic_cast<const LossEstimator*>(make_estimator(name).get()) == nullptr;
};
const auto kStaticOrFinal = [](const std::string& name) { return is_static(name) || sees_the_end(name); };

INSTANTIATE_TEST_SUITE_P(All, EstimatorContract, testing::ValuesIn(all_and_more()), test_name);
INSTANTIATE_TEST_SUITE_P(All, PrefixContract, testing::ValuesIn(all_but(sees_the_end)), test_name);
INSTANTIATE_TEST_SUITE_P(All, TrainingContract, testing::ValuesIn(all_but(is_static)), test_name);
INSTANTIATE_TEST_SUITE_P(All, TrainingPrefixContract, testing::ValuesIn(all_but(kStaticOrFinal)), test_name);
INSTANTIATE_TEST_SUITE_P(All, LossContract, testing::ValuesIn(all_but(kNotOfLosses)), test_name);

TEST(Estimators, ThePublishedAbscissaIsOneEpochMore) {
  Stream random(10);
  for (int i = 0; i < 50; ++i) {
    Trace trace = random_evaluated_trace(random, 8);
    if (i % 3 == 0) trace.step_loss[random.below(trace.step_loss.size())] = kNaN;
    for (const std::string name : {"tse-ema:mu=0.5", "valid-accuracy:split=test", "valid-accuracy"}) {
      const std::string published = name + (name.find(':') == std::string::npos ? ":" : ",") + "abscissa=published";
      for (int t = 1; t < 8; ++t)
        expect_same(make_estimator(published)->score(trace, t), make_estimator(name)->score(trace, t + 1));
    }
  }
}

TEST(Estimators, ReferenceLinesAreThoseOfTheEnd) {
  std::vector<std::string> lines = {"column:name=test_loss,lower=1", "column:name=lost-final"};
  for (const std::string& name : all_and_more()) lines.push_back(name);
  std::erase_if(lines, [](const std::string& name) { return !sees_the_end(name); });
  EXPECT_THAT(lines, testing::UnorderedElementsAre("valid-accuracy-final", "valid-loss-final",
                                                   "valid-loss-final:split=test", "column:name=test_loss,lower=1"));
}

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
