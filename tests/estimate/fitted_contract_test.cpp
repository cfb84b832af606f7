#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "estimate/rising.h"
#include "tse/base/error.h"
#include "tse/estimate/fitted.h"

namespace tse {
namespace {

/// What every fitted estimator of the registry promises; `estimate/fitted.h` says it in words.
class FittedContract : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<const FittedEstimator> estimator() const { return fitted_estimators().make(GetParam()); }

  std::vector<double> scores(const CurveTable& table, int T, int threads = 1) const {
    return estimator()->scores(records_of(table), T, threads);
  }

  /// Those that learn do so from this many.
  std::ptrdiff_t learned() const { return estimator()->learns() ? 20 : 0; }
};

const std::vector<std::string> kHeldToIt = {"lcsvr:train=20,draws=20",
                                            "lcsvr:train=20,draws=20,all=0",
                                            "lcsvr:train=20,draws=20,seed=7",
                                            "blend",
                                            "blend:speed=tse-e,weight=0.5",
                                            "blend:static=params",
                                            "blend:weight=1",
                                            "blend:speed=valid-accuracy"};

INSTANTIATE_TEST_SUITE_P(All, FittedContract, testing::ValuesIn(kHeldToIt),
                         [](const auto& param) { return std::to_string(param.index); });

TEST(FittedEstimators, AllOfTheRegistryAreHeldToTheContract) {
  for (const std::string& name : fitted_estimators().names()) {
    EXPECT_TRUE(std::ranges::any_of(kHeldToIt, [&](const std::string& held) {
      return held.substr(0, held.find(':')) == name;
    })) << name;
  }
}

/// Values that are finite and of the trainings of which nothing else is known.
std::vector<std::size_t> scored(const std::vector<double>& scores) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (std::isfinite(scores[i])) places.push_back(i);
  return places;
}

TEST_P(FittedContract, NameMakesTheSameAgain) {
  EXPECT_EQ(estimator()->spec(), GetParam());
  EXPECT_THROW(
      fitted_estimators().make(GetParam() + (GetParam().find(':') == std::string::npos ? ":" : ",") + "nonsense=1"),
      UsageError);
}

TEST_P(FittedContract, SaysNothingOfWhatItLearnedFrom) {
  const CurveTable table = rising(50, 12);
  for (const int T : {1, 2, 3, 8, 12}) {
    const auto list = scores(table, T);
    ASSERT_EQ(list.size(), 50U);
    EXPECT_EQ(std::ranges::count_if(list, [](double score) { return std::isfinite(score); }), 50 - learned()) << T;
    EXPECT_EQ(std::ranges::count_if(list, [](double score) { return std::isnan(score); }), learned()) << T;
  }
}

TEST_P(FittedContract, SaysNothingWithoutItsColumns) {
  for (const std::string& column : estimator()->columns()) {
    CurveTable table = rising(50, 8);
    table.columns.erase(column);
    for (const double score : scores(table, 5)) EXPECT_TRUE(std::isnan(score));
  }
}

TEST_P(FittedContract, AnyNumberOfThreadsGivesTheSame) {
  const CurveTable table = rising(200, 8);
  const auto one = scores(table, 5, 1);
  for (const int threads : {0, 2, 5})
    EXPECT_THAT(scores(table, 5, threads), testing::Pointwise(testing::NanSensitiveDoubleEq(), one));
}

TEST_P(FittedContract, SeesNoEpochBeyondT) {
  CurveTable table = rising(40, 8);
  const auto before = scores(table, 5);
  const std::size_t tested = scored(before).front();
  const auto spoil = [&](std::size_t t) {
    table.curves[Metric::valid_accuracy][tested * 8 + t] = 0.01;
    table.curves[Metric::train_loss][tested * 8 + t] = 9;
  };
  for (std::size_t t = 5; t < 8; ++t) spoil(t);
  EXPECT_EQ(scores(table, 5)[tested], before[tested]);
  spoil(4);
  EXPECT_NE(scores(table, 5)[tested], before[tested]);
}

TEST_P(FittedContract, DivergedScoresWorstAndMissingIsNaN) {
  CurveTable table = rising(40, 8);
  const auto before = scores(table, 5);
  const std::vector<std::size_t> tested = scored(before);
  // the end of the curves stays, so that a draw of those to learn from does too
  table.curves[Metric::train_loss][tested[0] * 8 + 2] = std::numeric_limits<double>::infinity();
  const auto after = scores(table, 5);
  EXPECT_EQ(after[tested[0]], -std::numeric_limits<double>::infinity());
  EXPECT_EQ(scored(after), std::vector(tested.begin() + 1, tested.end()));
  for (const double score : scores(table, 9)) EXPECT_FALSE(std::isfinite(score));
}

TEST_P(FittedContract, TooFewIsRefused) {
  if (!estimator()->learns()) GTEST_SKIP() << "it learns from none";
  EXPECT_THROW(scores(rising(21, 4), 2), UsageError);
  EXPECT_NO_THROW(scores(rising(22, 4), 2));
}

TEST_P(FittedContract, NoTrainingsHaveNoScores) {
  if (estimator()->learns()) GTEST_SKIP() << "it wants some to learn from";
  EXPECT_TRUE(scores(rising(0, 4), 2).empty());
}

}  // namespace
}  // namespace tse
