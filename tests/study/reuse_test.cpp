#include "tse/study/reuse.h"
#include "tse/store/open.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/space/space.h"
#include "tse/study/export.h"
#include "tse/study/study.h"

namespace tse {
namespace {

using testing::HasSubstr;
using testing::Key;
using testing::UnorderedElementsAre;

Plan make_plan(const std::string& folder) {
  return {.verb = "rank",
          .space = "nb201:channels=4,cells=1",
          .data = "cifar10:dir=" + folder + ",train=100",
          .recipe = "nb201",
          .seed = 3,
          .budget = {.epochs = 1},
          .engine = {},
          .estimators = {"tse-ema"},
          .truth = nullptr,
          .command_line = {"tse", "rank", folder},
          .manifest = {{"cpu", folder}}};
}

std::vector<Job> jobs_of(const Plan& plan, std::uint64_t count) {
  const auto space = make_space(plan.space);
  std::vector<Arch> archs;
  for (std::uint64_t index = 0; index < count; ++index) archs.push_back(space->at(index));
  return make_jobs(plan, archs);
}

/// A study of five trials, of which 0 and 3 ended well, 1 diverged, 2 failed and 4 waits. The first step of trial n has
/// the loss n.
class Reuse : public testing::Test {
 protected:
  Reuse() {
    const auto store = begin_study(file, plan, jobs_of(plan, 5));
    store->remember("data", {{"digest", "abc"}});
    store->remember("engine", {{"libtorch", "1"}});
    constexpr TraceStatus kEndings[] = {TraceStatus::ok, TraceStatus::diverged, TraceStatus::failed, TraceStatus::ok};
    for (const TraceStatus status : kEndings) {
      const auto claim = store->claim(self(), 60);
      EXPECT_TRUE(store->finish(
          claim->lease,
          {.status = status, .train_images = 4, .batch = 2, .step_loss = {static_cast<double>(claim->lease.trial)}}));
    }
  }

  TempFolder folder;
  std::filesystem::path file = folder.path() / "old.tse";
  Plan plan = make_plan("/old");
};

TEST_F(Reuse, TakesWhatEndedFromAnyFolderOfTheImages) {
  const Known known = known_results(file, jobs_of(make_plan("/new"), 7));
  EXPECT_THAT(known.results, UnorderedElementsAre(Key(0), Key(1), Key(3)));
  EXPECT_EQ(known.results.at(3).step_loss, std::vector<double>{3});
  EXPECT_EQ(known.results.at(1).status, TraceStatus::diverged);
  EXPECT_EQ(known.facts.at("data").at("digest"), "abc");
  EXPECT_EQ(known.facts.at("reused"),
            Json::array({{{"results", 3}, {"manifest", {{"cpu", "/old"}}}, {"engine", {{"libtorch", "1"}}}}}));
}

TEST_F(Reuse, FindsThemInAnExportThatNumberedThemAnew) {
  Plan there;
  const auto copy = folder.path() / "copy.tse";
  ASSERT_EQ(export_study(*open_study(file, Access::read, there), plan, copy).trials, 4);
  EXPECT_EQ(known_results(copy, jobs_of(plan, 5)).results, known_results(file, jobs_of(plan, 5)).results);
}

TEST_F(Reuse, TakesNothingThatDependsOnAnythingElse) {
  const auto refuses = [&](auto change) {
    Plan other = plan;
    change(other);
    return !message_of<UsageError>([&] { known_results(file, jobs_of(other, 5)); }).empty();
  };
  EXPECT_TRUE(refuses([](Plan& other) { other.seed = 4; }));
  EXPECT_TRUE(refuses([](Plan& other) { other.budget.epochs = 2; }));
  EXPECT_TRUE(refuses([](Plan& other) { other.recipe = "nb201:lr=0.2"; }));
  EXPECT_TRUE(refuses([](Plan& other) { other.engine.precision = "bf16"; }));
  EXPECT_TRUE(refuses([](Plan& other) { other.data = "cifar10:dir=/old,train=101"; }));
  EXPECT_TRUE(refuses([](Plan& other) { other.space = "nb201:channels=8,cells=1"; }));
  Plan other = plan;
  other.budget.checkpoint_seconds = 1;  // how often it saves is no part of a result
  EXPECT_EQ(known_results(file, jobs_of(other, 5)).results.size(), 3U);
  other.seed = 4;
  EXPECT_THAT(message_of<UsageError>([&] { known_results(file, jobs_of(other, 5)); }),
              AllOf(HasSubstr("old.tse"), HasSubstr("tse rank /old")));
}

TEST_F(Reuse, IsThereWhenTheStudyBegins) {
  const Plan mine = make_plan("/new");
  const std::vector<Job> jobs = jobs_of(mine, 7);
  const auto store = begin_study(folder.path() / "new.tse", mine, jobs, known_results(file, jobs));
  EXPECT_EQ(store->unfinished(), 4);
  EXPECT_EQ(store->trial(3).trace.step_loss, std::vector<double>{3});
  EXPECT_EQ(store->trial(3).job, jobs[3]);
  EXPECT_EQ(store->claim(self(), 60)->job, jobs[2]);
  EXPECT_EQ(store->recall("data")->at("digest"), "abc");
  EXPECT_FALSE(store->recall("engine").has_value());  // its workers will say
}

TEST_F(Reuse, RemembersEveryOrigin) {
  const auto second = folder.path() / "second.tse";
  const Plan mine = make_plan("/new");
  const std::vector<Job> jobs = jobs_of(mine, 7);
  begin_study(second, mine, jobs, known_results(file, jobs));
  const Json origins = known_results(second, jobs).facts.at("reused");
  ASSERT_EQ(origins.size(), 2U);
  EXPECT_EQ(origins[0].at("manifest").at("cpu"), "/old");
  EXPECT_EQ(origins[1].at("manifest").at("cpu"), "/new");
}

}  // namespace
}  // namespace tse
