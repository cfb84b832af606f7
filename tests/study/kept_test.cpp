#include "tse/study/kept.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/base/write.h"
#include "tse/space/space.h"
#include "tse/study/study.h"

namespace tse {
namespace {

using testing::HasSubstr;

/// Trial 0 ended well, 1 diverged, 2 waits.
class KeptWeights : public testing::Test {
 protected:
  KeptWeights() {
    const auto space = make_space("nb201");
    const Plan plan{.verb = "rank",
                    .space = "nb201",
                    .data = "synthetic",
                    .recipe = "nb201",
                    .budget = {.keep_weights = true},
                    .engine = {},
                    .estimators = {"tse-ema"},
                    .truth = nullptr,
                    .command_line = {},
                    .manifest = nullptr};
    jobs = make_jobs(plan, {space->at(1), space->at(2), space->at(3)});
    store = begin_study(file, plan, jobs);
    for (const TraceStatus status : {TraceStatus::ok, TraceStatus::diverged}) {
      const auto claim = store->claim(self(), 60);
      EXPECT_TRUE(store->finish(claim->lease, {.status = status, .reason = "the loss of step 7 is not finite"}));
    }
  }

  std::string refusal(int trial) {
    return message_of<DataError>([&] { kept_weights(*store, file, trial); });
  }

  TempFolder folder;
  std::filesystem::path file = folder.path() / "s.tse";
  std::vector<Job> jobs;
  std::unique_ptr<Store> store;
};

TEST_F(KeptWeights, AreThoseOfTheLastStep) {
  const Checkpoint kept{.job = jobs[0], .trace = {.status = TraceStatus::ok}, .tensors = {}};
  write_file(checkpoint_file(file, 0), encode(kept));
  EXPECT_TRUE(has_weights(file, 0));
  EXPECT_EQ(kept_weights(*store, file, 0), kept);
}

TEST_F(KeptWeights, AreThoseOfATrainingThatWasScoredToo) {
  Plan plan = plan_from_json(store->plan(), "plan");
  plan.scores = {"synflow"};
  const std::filesystem::path scored = folder.path() / "scored.tse";
  const std::vector<Job> trainings = make_jobs(plan, {make_space(plan.space)->at(1)});
  const auto scoring_store = begin_study(scored, plan, trainings);
  const auto claim = scoring_store->claim(self(), 60);
  EXPECT_TRUE(scoring_store->finish(claim->lease, {.status = TraceStatus::ok}));
  const Checkpoint kept{.job = trainings[0], .trace = {.status = TraceStatus::ok}, .tensors = {}};
  write_file(checkpoint_file(scored, 0), encode(kept));
  EXPECT_EQ(kept_weights(*scoring_store, scored, 0), kept);
}

TEST_F(KeptWeights, AreMissedWithTheReason) {
  EXPECT_THAT(refusal(0), HasSubstr("--keep-weights"));
  EXPECT_THAT(refusal(1), HasSubstr("it diverged: the loss of step 7 is not finite"));
  EXPECT_THAT(refusal(2), HasSubstr("expected a finished training"));
  EXPECT_THROW(kept_weights(*store, file, 3), UsageError);
}

TEST_F(KeptWeights, OfAnotherTrainingAreRefused) {
  write_file(checkpoint_file(file, 0), encode({.job = jobs[1], .trace = {.status = TraceStatus::ok}, .tensors = {}}));
  EXPECT_THAT(refusal(0), HasSubstr("got others"));
  write_file(checkpoint_file(file, 0), encode({.job = jobs[0], .trace = {}, .tensors = {}}));
  EXPECT_THAT(refusal(0), HasSubstr("got others"));
  write_file(checkpoint_file(file, 0), "tse checkpoint 1\nnothing\n");
  EXPECT_THAT(refusal(0), HasSubstr("damaged"));
}

TEST(DataRecord, IsReadAsItWasWritten) {
  const DataRecord record{.digest = "abc",
                          .task = {.input = {.channels = 1, .height = 2, .width = 3}, .classes = 2},
                          .train = 4,
                          .valid = 5,
                          .test = 6,
                          .class_names = {"a", "\xc3\xa9"},
                          .mean = {0.1},
                          .deviation = {1.0 / 3}};
  EXPECT_EQ(data_record_from_json(to_json(record), "here"), record);
}

TEST(DataRecord, OfAnOlderStudyAgreesInWhatItKnows) {
  const DataRecord now{.digest = "abc", .task = {}, .class_names = {"a"}, .mean = {1}, .deviation = {2}};
  const DataRecord then = data_record_from_json({{"digest", "abc"},
                                                 {"channels", 3},
                                                 {"height", 32},
                                                 {"width", 32},
                                                 {"classes", 10},
                                                 {"train", 0},
                                                 {"valid", 0},
                                                 {"test", 0}},
                                                "here");
  EXPECT_TRUE(now.agrees_with(then));
  EXPECT_TRUE(then.agrees_with(now));
  DataRecord other = now;
  other.mean = {3};
  EXPECT_FALSE(now.agrees_with(other));
  other.digest = "def";
  EXPECT_FALSE(other.agrees_with(then));
}

}  // namespace
}  // namespace tse
