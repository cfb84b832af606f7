#include "tse/report/ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sample.h"
#include "tse/base/error.h"
#include "tse/report/ranking_json.h"
#include "tse/report/ranking_text.h"

namespace tse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Finished trials of one step each, with these losses; NaN is a training that diverged.
std::vector<Trial> trials_with(const std::vector<double>& losses) {
  std::vector<Trial> trials =
      sample::trials({.trials = static_cast<int>(losses.size()), .outcome = false, .trouble = false});
  for (std::size_t i = 0; i < losses.size(); ++i) {
    Trace& trace = trials[i].trace;
    trace = Trace{.status = std::isnan(losses[i]) ? TraceStatus::diverged : TraceStatus::ok,
                  .reason = {},
                  .train_images = 100,
                  .batch = 100,
                  .step_loss = {losses[i]},
                  .evaluations = {},
                  .seconds = 2,
                  .images = 100};
  }
  return trials;
}

Truth truth_for(const std::vector<Trial>& trials, const std::vector<double>& outcomes) {
  Truth truth;
  truth.column = "outcome";
  for (std::size_t i = 0; i < outcomes.size(); ++i) truth.outcome[trials[i].job.arch.text] = outcomes[i];
  return truth;
}

Ranking rank(const std::vector<Trial>& trials, RankingOptions options = {}) {
  return make_ranking(trials, *make_space("nb201:channels=8,cells=1"), Task{}, options);
}

TEST(Ranking, ByTrainingSpeedAndAScoreTogetherWeighsAllTrialsAtOnce) {
  std::vector<Trial> trials = trials_with({2.0, 1.5, 1.0, 0.5, 3.0, std::nan(""), 1.2});
  for (std::size_t i = 0; i < trials.size(); ++i)
    if (i != 4) trials[i].trace.scores = {{.name = "synflow", .value = static_cast<double>(i % 4)}};
  trials[6].state = TrialState::running;
  RankingOptions options;
  options.estimators = {"blend:weight=0", "blend", "synflow"};
  const Ranking ranking = rank(trials, options);
  EXPECT_THAT(ranking.order, ElementsAre(3, 2, 1, 0, 5, 4));  // the last has no score of its own
  EXPECT_TRUE(std::isfinite(ranking.trials[0].scores[1]));
  EXPECT_TRUE(std::isnan(ranking.trials[4].scores[1]));
  EXPECT_EQ(ranking.trials[5].scores[1], -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(ranking.trials[6].scores[1]));
  EXPECT_EQ(ranking.trials[3].scores[2], 3);
}

TEST(Ranking, BestFirstTiesInTrialOrderDivergedAndFailedLast) {
  std::vector<Trial> trials = trials_with({2.0, std::nan(""), 1.0, 1.5, 1.0, 3.0, 1.2});
  trials[3].trace.status = TraceStatus::failed;
  trials[6].state = TrialState::running;
  const Ranking ranking = rank(trials);
  EXPECT_THAT(ranking.order, ElementsAre(2, 4, 0, 5, 1, 3));
  EXPECT_EQ(ranking.trials[4].rank, 2);
  EXPECT_EQ(ranking.trials[3].rank, 6);
  EXPECT_EQ(ranking.trials[6].rank, 0);  // not finished
  EXPECT_TRUE(std::isnan(ranking.trials[3].scores[0]));
}

// Sums that are equal on paper tie, whatever the last bits say.
TEST(Ranking, ScoresThatDifferInTheLastBitsTie) {
  const Ranking ranking = rank(trials_with({0.3, 0.1 + 0.2, 0.3}));
  EXPECT_THAT(ranking.order, ElementsAre(0, 1, 2));
}

// SPEC 1.8's values: x = {1,2,2,3,5,4}, y = {10,30,20,20,60,50}, as scores of losses 10 - x.
TEST(Ranking, AgreesWithPublishedCorrelations) {
  const std::vector<Trial> trials = trials_with({9, 8, 8, 7, 5, 6});
  RankingOptions options;
  options.truth = truth_for(trials, {10, 30, 20, 20, 60, 50});
  const Ranking ranking = rank(trials, options);
  ASSERT_EQ(ranking.agreements.size(), 3U);
  const Agreement& score = ranking.agreements[0];
  EXPECT_EQ(score.predictor, "tse-ema");
  EXPECT_EQ(score.n, 6);
  EXPECT_NEAR(score.spearman, 0.8676470588235294, 1e-15);
  EXPECT_NEAR(score.kendall, 0.7857142857142857, 1e-15);
  EXPECT_LE(score.low, score.spearman);
  EXPECT_GE(score.high, score.spearman);
  EXPECT_EQ(score.top, 1);
  EXPECT_EQ(score.top_overlap, 1);
  EXPECT_EQ(score.regret, 0);
  EXPECT_EQ(ranking.agreements[1].predictor, "params");
  EXPECT_EQ(ranking.agreements[2].predictor, "macs");
}

TEST(Ranking, LowerIsBetterIsTurned) {
  const std::vector<Trial> trials = trials_with({1, 2, 3, 4});
  RankingOptions options;
  options.truth = truth_for(trials, {5, 6, 7, 8});
  EXPECT_NEAR(rank(trials, options).agreements[0].spearman, -1, 1e-15);
  options.truth->lower = true;
  const Ranking ranking = rank(trials, options);
  EXPECT_NEAR(ranking.agreements[0].spearman, 1, 1e-15);
  EXPECT_EQ(ranking.trials[0].truth, 5);  // shown as its source gives it
  EXPECT_THAT(to_text(ranking, 0), HasSubstr("turned so that higher is better"));
}

TEST(Ranking, DivergedScoresWorstFailedAndUnmeasuredAreLeftOutAndTheBaselineWithThem) {
  std::vector<Trial> trials = trials_with({1, std::nan(""), 3, 4, 2});
  trials[2].trace.status = TraceStatus::failed;
  RankingOptions options;
  options.truth = truth_for(trials, {9, 1, 5, 6});  // the last one has no outcome
  const Ranking ranking = rank(trials, options);
  EXPECT_EQ(ranking.agreements[0].n, 3);
  EXPECT_NEAR(ranking.agreements[0].spearman, 1, 1e-15);
  EXPECT_EQ(ranking.agreements[1].n, 3);
}

TEST(Ranking, OwnTestAccuracyIsTheOutcomeOnlyAtTheEndOfTheBudget) {
  std::vector<Trial> trials = trials_with({1, 2, 3});
  for (Trial& trial : trials) trial.trace.evaluations.push_back({"test", 1, 0.5, 0.6});
  EXPECT_EQ(rank(trials).outcome->name, "test_accuracy");
  EXPECT_EQ(rank(trials).trials[0].truth, 0.6);
  for (Trial& trial : trials) trial.job.budget.epochs = 2;
  EXPECT_FALSE(rank(trials).outcome.has_value());
}

TEST(Ranking, RefusesUnknownEstimators) {
  RankingOptions options;
  options.estimators = {"tse-emma"};
  EXPECT_THROW(rank(trials_with({1}), options), UsageError);
  options.estimators = {};
  EXPECT_THROW(rank(trials_with({1}), options), UsageError);
}

TEST(Ranking, OfNothingIsEmptyAndStillPrints) {
  const Ranking ranking = rank({});
  EXPECT_TRUE(ranking.order.empty());
  EXPECT_EQ(to_json(ranking, true).at("trials"), Json::array());
  EXPECT_FALSE(to_text(ranking, 80).empty());
}

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [key, value] : object.items()) names.push_back(key);
  return names;
}

TEST(RankingJson, HasTheDocumentedKeys) {
  const Ranking ranking = sample::ranking({.trials = 6});
  const Json json = to_json(ranking, true);
  for (const char* key :
       {"study", "space", "data", "split", "seed", "estimator", "trials", "ranking", "outcome", "correlation"})
    EXPECT_TRUE(json.contains(key)) << key;
  const Json& trial = json.at("trials").at(0);
  for (const char* key :
       {"arch", "params", "macs", "status", "epochs", "train_loss", "step_loss", "scores", "seconds", "images"})
    EXPECT_TRUE(trial.contains(key)) << key;
  EXPECT_THAT(keys(trial.at("scores")), ElementsAre("tse-ema", "tse", "tse-e:epochs=1"));
  EXPECT_THAT(keys(json.at("correlation")), ElementsAre("tse-ema", "tse", "tse-e:epochs=1", "params", "macs"));
  const Json& correlation = json.at("correlation").at("params");
  for (const char* key : {"spearman", "kendall", "ci95", "n"}) EXPECT_TRUE(correlation.contains(key)) << key;
  EXPECT_EQ(json.at("ranking").size(), 6U);
  EXPECT_EQ(trial.at("step_loss").size(), 40U);
  EXPECT_FALSE(to_json(ranking, false).at("trials").at(0).contains("step_loss"));
}

TEST(RankingJson, WhatIsNotFiniteIsNullAndTheStatusSaysWhy) {
  const Json json = to_json(sample::ranking({.trials = 6}), true);
  const Json& diverged = json.at("trials").at(2);
  EXPECT_EQ(diverged.at("status"), "diverged");
  EXPECT_TRUE(diverged.at("scores").at("tse").is_null());
  EXPECT_TRUE(diverged.at("step_loss").back().is_null());
  EXPECT_THAT(diverged.at("reason").get<std::string>(), HasSubstr("step 19"));
  EXPECT_EQ(json.at("trials").at(3).at("status"), "failed");
  // nothing that JSON cannot hold: dump and parse give the same
  EXPECT_EQ(Json::parse(json.dump()), json);
}

int widest(const std::string& text) {
  std::size_t widest = 0;
  std::size_t start = 0;
  for (std::size_t end = 0; (end = text.find('\n', start)) != std::string::npos; start = end + 1)
    widest = std::max(widest, end - start);
  return static_cast<int>(widest);
}

// The lines of the ranking table alone: sentences wrap in any terminal.
std::string table_of(const std::string& text) {
  const std::size_t start = text.find("rank  ");
  return text.substr(start, text.find("\n\n", start) + 1 - start);
}

TEST(RankingText, ShortensArchitecturesOnlyWhereTheTerminalIsNarrow) {
  const Ranking ranking = sample::ranking({.trials = 12});
  const std::string& arch = ranking.trials[0].trial.job.arch.text;
  const std::string wide = table_of(to_text(ranking, 0));
  EXPECT_THAT(wide, HasSubstr(arch));
  EXPECT_EQ(table_of(to_text(ranking, widest(wide))), wide);
  const std::string narrow = table_of(to_text(ranking, 100));
  EXPECT_LE(widest(narrow), 100);
  EXPECT_THAT(narrow, testing::Not(HasSubstr(arch)));
  EXPECT_THAT(narrow, HasSubstr("..."));
}

TEST(RankingText, SaysWhatTheCorrelationIsOf) {
  const std::string text = to_text(sample::ranking({.trials = 12}), 120);
  EXPECT_THAT(
      text,
      HasSubstr("Rank correlation with test_accuracy of the same trainings, after 1 epoch (chance level for 1 that "
                "diverged), for 11 of 12"));
  EXPECT_THAT(text, HasSubstr("split: 10000 train, 5000 valid, 10000 test, seed 0"));
  EXPECT_THAT(text, HasSubstr("\nparams "));
  EXPECT_THAT(text, HasSubstr("worker killed by signal 9 three times"));
}

}  // namespace
}  // namespace tse
