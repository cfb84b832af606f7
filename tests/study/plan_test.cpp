#include "tse/study/plan.h"
#include "tse/store/open.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/study/study.h"

namespace tse {
namespace {

Plan make_plan() {
  Plan plan{.verb = "rank",
            .space = "nb201:channels=4,cells=1",
            .data = "synthetic:size=8",
            .recipe = "nb201:batch=32",
            .seed = 18446744073709551615U,
            .budget = {.epochs = 3, .valid_every = 1},
            .engine = {.threads = 2},
            .estimators = {"tse-ema", "tse-e:epochs=0.5"},
            .truth = {{"column", "accuracy"}, {"lower", false}, {"outcome", {{"x", 1.5}}}},
            .step_losses = true,
            .command_line = {"tse", "rank"},
            .manifest = {{"cpu", "some"}}};
  return plan;
}

const std::vector<Arch> kArchs = {{"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"},
                                  {"|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"}};

TEST(Plan, SurvivesJson) {
  const Plan plan = make_plan();
  const Plan back = plan_from_json(parse_json(to_json(plan).dump(), "test"), "test");
  EXPECT_EQ(to_json(back), to_json(plan));
  EXPECT_TRUE(back.same_as(plan));
}

TEST(Plan, OfASearchSurvivesJson) {
  Plan plan = make_plan();
  plan.verb = "search";
  plan.search = SearchPlan{.algo = "tpe",
                           .budget = "5trials",
                           .objectives = {"tse", "params"},
                           .require = "params<1e6",
                           .window = 3,
                           .reuse = false,
                           .final_epochs = 9};
  const Plan back = plan_from_json(parse_json(to_json(plan).dump(), "test"), "test");
  EXPECT_EQ(back.search, plan.search);
  EXPECT_TRUE(back.same_as(plan));
  Plan other = plan;
  other.search->window = 4;
  EXPECT_FALSE(other.same_as(plan));
  Json broken = to_json(plan);
  broken["search"]["window"] = 0;
  EXPECT_THROW((void)plan_from_json(broken, "test"), DataError);
}

TEST(Plan, IsTheSameWhereOnlyTheStartDiffers) {
  Plan other = make_plan();
  other.manifest = {{"cpu", "another"}};
  other.command_line = {"tse", "rank", "--workers", "2"};
  EXPECT_TRUE(other.same_as(make_plan()));
  other.seed = 1;
  EXPECT_FALSE(other.same_as(make_plan()));
}

TEST(Plan, RefusesWhatIsNone) {
  const Json good = to_json(make_plan());
  for (const auto& item : good.items()) {
    Json broken = good;
    broken.erase(item.key());
    EXPECT_THROW((void)plan_from_json(broken, "test"), DataError) << item.key();
  }
  Json newer = good;
  newer["version"] = 99;
  EXPECT_THAT(message_of<DataError>([&] { (void)plan_from_json(newer, "test"); }),
              testing::HasSubstr("version 1; got 99"));
}

TEST(Jobs, HaveSeedsOfTheirOwnThatOnlyTheStudysSeedDecides) {
  const std::vector<Job> jobs = make_jobs(make_plan(), kArchs);
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[1].number, 1);
  EXPECT_EQ(jobs[1].recipe.batch, 32);
  EXPECT_NE(jobs[0].seed, jobs[1].seed);
  EXPECT_EQ(make_jobs(make_plan(), kArchs), jobs);
  Plan other = make_plan();
  other.seed = 2;
  EXPECT_NE(make_jobs(other, kArchs)[0].seed, jobs[0].seed);
}

TEST(Jobs, OfScoresShareTheirImages) {
  Plan plan = make_plan();
  plan.verb = "score";
  plan.estimators = {"synflow", "snip"};
  const std::vector<Job> jobs = make_jobs(plan, kArchs);
  ASSERT_TRUE(jobs[0].scoring && jobs[1].scoring);
  EXPECT_EQ(jobs[0].scoring->scores, plan.estimators);
  EXPECT_EQ(jobs[0].scoring, jobs[1].scoring);
  EXPECT_NE(jobs[0].scoring->images_seed, jobs[0].seed);
  EXPECT_FALSE(make_jobs(make_plan(), kArchs)[0].scoring);
}

TEST(Jobs, ThatScoreBeforeTheyTrainAreTheSameTrainings) {
  Plan plan = make_plan();
  plan.scores = {"synflow"};
  const std::vector<Job> jobs = make_jobs(plan, kArchs);
  std::vector<Job> alone = make_jobs(make_plan(), kArchs);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    EXPECT_TRUE(jobs[i].trains());
    EXPECT_EQ(jobs[i].scoring->scores, plan.scores);
    alone[i].scoring = jobs[i].scoring;
  }
  EXPECT_EQ(jobs, alone);
}

TEST(Plan, OfScoresBeforeTrainingIsOfAVersionThatOlderProgramsRefuse) {
  Plan plan = make_plan();
  plan.scores = {"synflow", "snip:parameters=all"};
  Json json = to_json(plan);
  EXPECT_EQ(json.at("version"), 3);
  EXPECT_EQ(plan_from_json(json, "test").scores, plan.scores);
  EXPECT_FALSE(plan.same_as(make_plan()));
  for (const int older : {1, 2}) {
    json["version"] = older;
    EXPECT_THROW((void)plan_from_json(json, "test"), DataError);
  }
}

TEST(Plan, OfScoresIsOfAVersionThatOlderProgramsRefuse) {
  Plan plan = make_plan();
  EXPECT_EQ(to_json(plan).at("version"), 1);
  plan.verb = "score";
  Json json = to_json(plan);
  EXPECT_EQ(json.at("version"), 2);
  EXPECT_TRUE(plan_from_json(json, "test").same_as(plan));
  json["version"] = 1;
  EXPECT_THROW((void)plan_from_json(json, "test"), DataError);
}

TEST(Study, IsOnTheDiskBeforeAnyDataIsRead) {
  const TempFolder folder;
  const auto file = folder.path() / "new" / "s.tse";
  const Plan plan = make_plan();
  begin_study(file, plan, make_jobs(plan, kArchs));
  Plan back;
  EXPECT_EQ(open_study(file, Access::read, back)->count(), 2);
  EXPECT_TRUE(back.same_as(plan));
}

TEST(Study, GoesOnWithTheSameCommandAndRefusesAnother) {
  const TempFolder folder;
  const auto file = folder.path() / "s.tse";
  Plan plan = make_plan();
  begin_study(file, plan, make_jobs(plan, kArchs));
  begin_study(file, plan, make_jobs(plan, kArchs));
  EXPECT_THROW(begin_study(file, plan, make_jobs(plan, {kArchs[0]})), UsageError);
  plan.budget.epochs = 4;
  EXPECT_THROW(begin_study(file, plan, make_jobs(plan, kArchs)), UsageError);
}

}  // namespace
}  // namespace tse
