#include "tse/relax/relax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/data/data.h"
#include "tse/space/space.h"
#include "tse/trial/relaxation.h"

namespace tse {
namespace {

const DataSet& images() {
  static const DataSet data =
      make_data("synthetic:classes=4,size=8,train_images=120,test_images=8,seed=1,train=80,valid=40")->load(0);
  return data;
}

Job make_job(const std::string& method) {
  Job job{.number = 0, .space = "nb201:channels=4,cells=1", .arch = {"mixture"}, .data = images().spec, .seed = 11};
  job.recipe = parse_recipe(relaxation_entry(method).recipe);
  job.recipe.batch = 16;  // five steps an epoch
  job.recipe.schedule_epochs = 4;
  job.budget.epochs = 4;
  job.budget.checkpoint_seconds = 0;
  job.relaxed = Relaxed{.method = method};
  return job;
}

class TrainRelaxed : public testing::TestWithParam<std::string> {};

TEST_P(TrainRelaxed, RecordsWhatItFinds) {
  const Job job = make_job(GetParam());
  const Trace trace = train_relaxed(job, images(), {});
  EXPECT_EQ(trace.status, TraceStatus::ok) << trace.reason;
  EXPECT_EQ(trace.step_loss.size(), 20U);
  ASSERT_EQ(trace.found.size(), 4U);
  const auto space = make_space(job.space);
  for (int epoch = 1; epoch <= 4; ++epoch) {
    const Found& found = trace.found[static_cast<std::size_t>(epoch - 1)];
    EXPECT_EQ(found.epoch, epoch);
    const Picks picks = space->picks_of({found.arch});
    ASSERT_EQ(found.shares.size(), 6U);
    for (std::size_t place = 0; place < 6; ++place) {
      double sum = 0;
      for (const double share : found.shares[place]) {
        sum += share;
        EXPECT_LE(share, found.shares[place][static_cast<std::size_t>(picks[place])]);
      }
      EXPECT_NEAR(sum, 1, 1e-6);
      const bool thinned = parse_relaxation(GetParam()).kept > 0 && epoch > 2;
      EXPECT_EQ(std::ranges::count(found.shares[place], 0.0), thinned ? 2 : 0) << epoch;
    }
  }
}

/// In the epochs of its warm-up, and in those alone, the architecture stays as it is.
TEST(TrainRelaxedOf, TheWarmUpOfEachHalf) {
  for (const char* method : {"drnas:warmup_epochs=1,lr=0.1", "drnas-tse:warmup_epochs=1,steps=2,lr=0.1"}) {
    Job job = make_job(method);
    job.budget.epochs = 6;  // one of warm-up and two of search, twice
    const Trace trace = train_relaxed(job, images(), {});
    ASSERT_EQ(trace.found.size(), 6U) << trace.reason;
    const auto largest = [&](std::size_t epoch) {
      double most = 0;
      for (const auto& place : trace.found[epoch - 1].shares) most = std::max(most, std::ranges::max(place));
      return most;
    };
    EXPECT_NEAR(largest(1), 0.2, 2e-3) << method;
    EXPECT_GT(largest(2), 0.21) << method;
    EXPECT_NE(trace.found[2].shares, trace.found[1].shares) << method;
    // what is kept at the half stays as it was in the fourth epoch, but for the share of what was dropped
    for (std::size_t place = 0; place < 6; ++place) {
      double left = 0;
      for (std::size_t option = 0; option < 5; ++option)
        if (trace.found[3].shares[place][option] > 0) left += trace.found[2].shares[place][option];
      for (std::size_t option = 0; option < 5; ++option) {
        if (trace.found[3].shares[place][option] > 0) {
          EXPECT_NEAR(trace.found[3].shares[place][option], trace.found[2].shares[place][option] / left, 1e-6)
              << method;
        }
      }
    }
    EXPECT_NE(trace.found[4].shares, trace.found[3].shares) << method;
  }
}

/// Whoever watches hears of every pass, and may stop it in the midst of a group: then the group is as if it never
/// began.
TEST(TrainRelaxedOf, AGroupThatIsStopped) {
  const Job job = make_job("darts-tse:steps=5");
  const Trace whole = train_relaxed(job, images(), {});
  const TempFolder folder;
  const std::filesystem::path checkpoint = folder.path() / "trial.ckpt";
  int calls = 0;
  int most_calls = 0;
  int stop_at = 7;  // in the second pass of the first group
  Trace trace;
  for (int runs = 0; trace.status == TraceStatus::running && runs < 20; ++runs) {
    calls = 0;
    trace = train_relaxed(job, images(),
                          {.checkpoint = checkpoint, .observer = [&](const Trace& /*so_far*/, std::int64_t /*total*/) {
                             return ++calls != stop_at;
                           }});
    most_calls = std::max(most_calls, calls);
    stop_at += 5;
  }
  EXPECT_GE(most_calls, 20);  // two passes of two groups
  EXPECT_EQ(trace.status, TraceStatus::ok);
  EXPECT_EQ(trace.step_loss, whole.step_loss);
  EXPECT_EQ(trace.found, whole.found);
}

/// Where options are dropped too, in whichever pass it is stopped.
TEST(TrainRelaxedOf, AGroupThatIsStoppedAtTheHalf) {
  Job job = make_job("drnas-tse:warmup_epochs=0,steps=5");
  job.budget.checkpoint_seconds = 1000;
  const Trace whole = train_relaxed(job, images(), {});
  for (int stop_at = 20; stop_at <= 36; ++stop_at) {  // two groups of two passes and a look come before the half
    const TempFolder folder;
    const std::filesystem::path checkpoint = folder.path() / "trial.ckpt";
    int calls = 0;
    testing::internal::CaptureStderr();
    const Trace first = train_relaxed(
        job, images(), {.checkpoint = checkpoint, .observer = [&](const Trace& /*so_far*/, std::int64_t /*total*/) {
                          return ++calls < stop_at;
                        }});
    EXPECT_EQ(first.status, TraceStatus::running);
    const Trace second = train_relaxed(job, images(), {.checkpoint = checkpoint});
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << stop_at;  // it did not start over
    EXPECT_EQ(second.step_loss, whole.step_loss) << stop_at;
    EXPECT_EQ(second.found, whole.found) << stop_at;
  }
}

TEST(TrainRelaxedOf, EnginesThatCannotBe) {
  Job job = make_job("darts-tse:steps=2");
  job.engine.path = "reference";
  job.engine.precision = "bf16";
  EXPECT_THROW(train_relaxed(job, images(), {}), UsageError);
}

/// Stopped after every few steps and gone on with, across the half, the search is the undisturbed one.
TEST_P(TrainRelaxed, GoesOnWithTheSameNumbers) {
  const Job job = make_job(GetParam());
  const Trace whole = train_relaxed(job, images(), {});
  const TempFolder folder;
  const std::filesystem::path checkpoint = folder.path() / "trial.ckpt";
  Trace trace;
  for (int stops = 0; trace.status == TraceStatus::running && stops < 50; ++stops) {
    std::size_t before = 0;
    bool begun = false;
    const auto stop_soon = [&](const Trace& so_far, std::int64_t /*total*/) {
      if (!begun) before = so_far.step_loss.size();
      begun = true;
      return so_far.step_loss.size() < before + 3;
    };
    trace = train_relaxed(job, images(), {.checkpoint = checkpoint, .observer = stop_soon});
  }
  EXPECT_EQ(trace.status, TraceStatus::ok);
  EXPECT_EQ(trace.step_loss, whole.step_loss);
  EXPECT_EQ(trace.found, whole.found);
}

INSTANTIATE_TEST_SUITE_P(Methods, TrainRelaxed,
                         testing::Values("darts", "darts:order=2", "darts-tse:steps=3", "darts-tse:mode=inline,steps=2",
                                         "darts-tse:loss=tse-ema", "drnas:warmup_epochs=1",
                                         "drnas-tse:warmup_epochs=0,steps=4", "drnas:part=1,regulariser=kl"),
                         [](const auto& test) {
                           std::string name = std::to_string(test.index) + test.param;
                           std::erase_if(name, [](unsigned char letter) { return std::isalnum(letter) == 0; });
                           return name;
                         });

TEST(TrainRelaxedOf, OtherSeedsAreOtherSearches) {
  Job job = make_job("darts-tse:steps=2");
  const Trace first = train_relaxed(job, images(), {});
  job.seed = 12;
  EXPECT_NE(train_relaxed(job, images(), {}).found, first.found);
}

TEST(TrainRelaxedOf, ImagesThatNobodyHeldOut) {
  const DataSet data = make_data("synthetic:classes=4,size=8,train_images=64,test_images=8,train=64")->load(0);
  Job job = make_job("darts");
  try {
    train_relaxed(job, data, {});
    ADD_FAILURE();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("held out"));
  }
  job.relaxed = Relaxed{.method = "darts-tse:steps=2"};
  EXPECT_EQ(train_relaxed(job, data, {}).status, TraceStatus::ok);
}

/// A mixture has a place for every edge, an architecture two for every node.
TEST(TrainRelaxedOf, TheSpaceOfDarts) {
  for (const char* method : {"darts", "darts-tse:steps=2", "drnas:warmup_epochs=0,part=2,kept=3",
                             "drnas-tse:warmup_epochs=0,part=4,kept=2,steps=3"}) {
    Job job = make_job(method);
    job.space = "darts:channels=8,cells=3,none=1";
    job.budget.epochs = 2;
    job.recipe.schedule_epochs = 2;
    const Trace trace = train_relaxed(job, images(), {});
    EXPECT_EQ(trace.status, TraceStatus::ok) << method << ' ' << trace.reason;
    ASSERT_EQ(trace.found.size(), 2U) << method;
    const auto space = make_space(job.space);
    const int kept = parse_relaxation(method).kept;
    for (const Found& found : trace.found) {
      EXPECT_EQ(space->parse(found.arch).text, found.arch);
      ASSERT_EQ(found.shares.size(), 28U);
      EXPECT_EQ(std::ranges::count(found.shares[20], 0.0), kept > 0 && found.epoch == 2 ? 8 - kept : 0) << method;
    }
  }
}

/// In parts a step of the mixture has the gradients of the parts, of the architecture too.
TEST(TrainRelaxedOf, StepsInParts) {
  Job job = make_job("darts-tse:steps=5");
  job.recipe.micro_batch = 8;
  const Trace trace = train_relaxed(job, images(), {});
  EXPECT_EQ(trace.status, TraceStatus::ok);
  EXPECT_EQ(trace.found.size(), 4U);
}

}  // namespace
}  // namespace tse
