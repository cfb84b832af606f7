#include "tse/store/static_scores.h"

#include <gtest/gtest.h>

namespace tse {
namespace {

Trial scored(const std::string& arch, TrialState state, std::vector<StaticScore> scores) {
  Trial trial{.job = {.arch = {arch}}, .state = state};
  trial.trace.scores = std::move(scores);
  return trial;
}

TEST(StaticScores, AreThoseOfFinishedTrialsByArchitectureAndName) {
  const std::vector<Trial> trials = {
      scored("a", TrialState::finished,
             {{.name = "synflow", .value = 1e49}, {.name = "jaccov", .value = kFailedScore, .reason = "flat"}}),
      scored("b", TrialState::running, {}), scored("a", TrialState::finished, {{.name = "synflow", .value = 2}}),
      scored("c", TrialState::finished, {}),  // trained
      scored("d", TrialState::finished, {{.name = "params", .value = 7}})};
  const std::map<std::string, StaticScores> expected = {{"a", {{"synflow", 1e49}, {"jaccov", kFailedScore}}},
                                                        {"d", {{"params", 7}}}};
  EXPECT_EQ(static_scores(trials), expected);
}

TEST(StaticScores, SurviveTheStore) {
  const auto store = make_memory_study(Json::object(), {Job{.arch = {"a"}}});
  const auto claim = store->claim(self(), 60);
  store->finish(claim->lease, {.status = TraceStatus::ok, .scores = {{.name = "snip", .value = 3}}});
  EXPECT_EQ(static_scores(store->trials(true)).at("a").at("snip"), 3);
  EXPECT_TRUE(static_scores(store->trials(false)).empty());
}

}  // namespace
}  // namespace tse
