#include "tse/report/scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sample.h"

namespace tse {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Six scored trials: the last one's worker crashed, the fourth's cell has no jaccov; and outcomes for all.
std::vector<Trial> scored_trials() {
  std::vector<Trial> trials = sample::trials({.trials = 6, .outcome = false, .trouble = false});
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const auto number = static_cast<double>(i);
    trials[i].job.scoring = Scoring{.scores = {"synflow", "jaccov"}};
    trials[i].trace = Trace{.status = TraceStatus::ok,
                            .seconds = 1,
                            .scores = {{.name = "synflow", .value = std::pow(10, number), .seconds = 0.25},
                                       {.name = "jaccov", .value = -number, .seconds = 0.5}}};
  }
  trials[3].trace.scores[1] = {.name = "jaccov", .value = kFailedScore, .reason = "it is flat", .seconds = 0.5};
  trials[5].trace = Trace{.status = TraceStatus::failed, .reason = "killed"};
  return trials;
}

Ranking rank(const std::vector<Trial>& trials, bool truth) {
  RankingOptions options;
  options.estimators = {"synflow", "jaccov"};
  if (truth) {
    options.truth.emplace().column = "accuracy";
    for (std::size_t i = 0; i < trials.size(); ++i)
      options.truth->outcome[trials[i].job.arch.text] = 90 + static_cast<double>(i);
  }
  return make_ranking(trials, *make_space("nb201:channels=8,cells=1"), Task{}, options);
}

TEST(Scores, AreRankedByTheFirst) {
  const Ranking ranking = rank(scored_trials(), true);
  EXPECT_EQ(ranking.order, (std::vector<int>{4, 3, 2, 1, 0, 5}));
  ASSERT_EQ(ranking.agreements.size(), 4U);  // the two, params and macs
  EXPECT_EQ(ranking.agreements[0].predictor, "synflow");
  EXPECT_EQ(ranking.agreements[0].spearman, 1);
  EXPECT_EQ(ranking.agreements[0].n, 5);
  // jaccov falls with the outcome, and the one that failed is worst of all
  EXPECT_NEAR(ranking.agreements[1].spearman, -0.9, 1e-12);
  EXPECT_EQ(ranking.agreements[1].n, 5);
}

TEST(Scores, ABaselineThatWasAskedForIsNotShownTwice) {
  std::vector<Trial> trials = scored_trials();
  for (Trial& trial : trials) trial.trace.scores = {{.name = "params", .value = 1}};
  RankingOptions options;
  options.estimators = {"params"};
  options.truth.emplace().column = "a";
  for (const Trial& trial : trials) options.truth->outcome[trial.job.arch.text] = 1;
  const Ranking ranking = make_ranking(trials, *make_space("nb201:channels=8,cells=1"), Task{}, options);
  ASSERT_EQ(ranking.agreements.size(), 2U);
  EXPECT_EQ(ranking.agreements[1].predictor, "macs");
}

TEST(Scores, TextSaysWhatFailedAndWhy) {
  const std::string text = scores_text(rank(scored_trials(), true), 0);
  EXPECT_THAT(text, HasSubstr("6 untrained architectures of nb201:channels=8,cells=1, best by synflow first"));
  EXPECT_THAT(text, HasSubstr("jaccov failed for 1 architecture: it is flat"));
  EXPECT_THAT(text, HasSubstr("failed, killed"));
  EXPECT_THAT(text, HasSubstr("Milliseconds of a network: synflow 250, jaccov 500"));
  EXPECT_THAT(text, HasSubstr("Rank correlation with accuracy"));
  EXPECT_THAT(text, Not(HasSubstr("epoch")));
  EXPECT_THAT(scores_text(rank(scored_trials(), false), 0), Not(HasSubstr("correlation")));
}

TEST(Scores, JsonHasTheDocumentedKeys) {
  const Json json = scores_json(rank(scored_trials(), true));
  for (const char* key : {"study", "space", "data", "split", "seed", "estimators", "status", "trials", "ranking",
                          "mean_seconds", "outcome", "correlation"})
    EXPECT_TRUE(json.contains(key)) << key;
  EXPECT_EQ(json.at("status"), "finished");
  const Json& flat = json.at("trials").at(3);
  EXPECT_EQ(flat.at("scores"), (Json{{"synflow", 1000.0}, {"jaccov", kFailedScore}}));
  EXPECT_EQ(flat.at("failed"), (Json{{"jaccov", "it is flat"}}));
  EXPECT_EQ(flat.at("outcome"), 93.0);
  const Json& crashed = json.at("trials").at(5);
  EXPECT_EQ(crashed.at("status"), "failed");
  EXPECT_TRUE(crashed.at("scores").at("synflow").is_null());
  EXPECT_EQ(json.at("mean_seconds"), (Json{{"synflow", 0.25}, {"jaccov", 0.5}}));
  std::vector<Trial> trials = scored_trials();
  trials[0].state = TrialState::running;
  EXPECT_EQ(scores_json(rank(trials, false)).at("status"), "unfinished");
}

}  // namespace
}  // namespace tse
