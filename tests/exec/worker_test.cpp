// The loop of one worker, in this process.
#include "tse/exec/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <thread>
#include <utility>

#include "store/samples.h"
#include "tse/base/error.h"
#include "tse/store/faulty.h"
#include "tse/store/memory.h"

namespace tse {
namespace {

using std::chrono::milliseconds;

const WorkOptions kQuick{.report = milliseconds(0), .wait = milliseconds(1), .idle = milliseconds(0)};

TEST(Worker, WorksUntilAllIsFinished) {
  const auto store = make_memory_study({}, sample_jobs(3));
  const auto run = [](const Claim& claim, Reporter& reporter) {
    EXPECT_TRUE(reporter.report({.steps = 1}));
    return sample_trace(claim.job.seed);
  };
  EXPECT_EQ(work(*store, self(), run, kQuick), kExitDone);
  for (const Trial& trial : store->trials(true)) EXPECT_EQ(trial.trace, sample_trace(trial.job.seed));
}

TEST(Worker, StopsAtSigtermAndGivesItsTrialBack) {
  const auto store = make_memory_study({}, sample_jobs(2));
  const auto run = [](const Claim&, Reporter& reporter) {
    EXPECT_TRUE(reporter.report({}));
    raise(SIGTERM);
    EXPECT_FALSE(reporter.report({}));
    return Trace{};
  };
  EXPECT_EQ(work(*store, self(), run, kQuick), kExitInterrupted);
  EXPECT_EQ(store->trial(0).state, TrialState::waiting);
  EXPECT_EQ(store->unfinished(), 2);
}

TEST(Worker, RecordsATrialThatEndedJustBeforeTheStop) {
  const auto store = make_memory_study({}, sample_jobs(2));
  const auto run = [](const Claim&, Reporter&) {
    raise(SIGINT);
    return sample_trace(1);
  };
  EXPECT_EQ(work(*store, self(), run, kQuick), kExitInterrupted);
  EXPECT_EQ(store->trial(0).trace, sample_trace(1));
  EXPECT_EQ(store->unfinished(), 1);
}

TEST(Worker, StopsTrainingWhenItsLeaseIsLostAndTakesTheNext) {
  const auto store = make_memory_study({}, sample_jobs(2));
  StoreFaults faults{.beats_that_work = 0};
  const auto faulty = make_faulty_study(*store, faults);
  int runs = 0;
  const auto run = [&](const Claim& claim, Reporter& reporter) {
    if (++runs == 1) {
      EXPECT_FALSE(reporter.report({}));
      faults = {};
      EXPECT_FALSE(reporter.report({}));  // lost once, lost for good
      store->release(claim.lease);        // as if somebody else had had it, and gave up
      return Trace{};
    }
    return sample_trace(claim.job.seed);
  };
  EXPECT_EQ(work(*faulty, self(), run, kQuick), kExitDone);
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(store->unfinished(), 0);
}

TEST(Worker, BadDataGivesTheTrialBackAndPassesThrough) {
  const auto store = make_memory_study({}, sample_jobs(1));
  const auto run = [](const Claim&, Reporter&) -> Trace { throw DataError("images", "expected some"); };
  EXPECT_THROW(work(*store, self(), run, kQuick), DataError);
  EXPECT_EQ(store->trial(0).state, TrialState::waiting);
}

TEST(Worker, AFullDiskPassesThrough) {
  const auto store = make_memory_study({}, sample_jobs(1));
  StoreFaults faults{.finishes_that_work = 0};
  const auto faulty = make_faulty_study(*store, faults);
  const auto run = [](const Claim&, Reporter&) { return sample_trace(1); };
  EXPECT_THROW(work(*faulty, self(), run, kQuick), DataError);
  EXPECT_EQ(store->unfinished(), 1);
}

TEST(Worker, RefusesARunThatEndsForNoReason) {
  const auto store = make_memory_study({}, sample_jobs(1));
  const auto run = [](const Claim&, Reporter&) { return Trace{}; };
  EXPECT_THROW(work(*store, self(), run, kQuick), std::logic_error);
}

/// A study in memory as one of several lanes sees it.
Lane lane_of(Store& store, Run run) {
  static StoreFaults none{};
  return {.store = make_faulty_study(store, none), .run = std::move(run)};
}

TEST(Lanes, WorkOnTrialsAtTheSameTime) {
  const auto store = make_memory_study({}, sample_jobs(5));
  std::latch all_at_once(3);
  std::atomic<int> runs = 0;
  const auto run = [&](const Claim& claim, Reporter&) {
    if (++runs <= 3) all_at_once.arrive_and_wait();  // never done by less than three lanes
    return sample_trace(claim.job.seed);
  };
  EXPECT_EQ(work_in_lanes(3, [&] { return lane_of(*store, run); }, self(), kQuick), kExitDone);
  for (const Trial& trial : store->trials(true)) EXPECT_EQ(trial.trace, sample_trace(trial.job.seed));
}

TEST(Lanes, GiveTheirTrialsBackAtSigterm) {
  const auto store = make_memory_study({}, sample_jobs(4));
  std::latch all_at_once(2);
  const auto run = [&](const Claim& claim, Reporter& reporter) {
    all_at_once.arrive_and_wait();
    if (claim.lease.trial == 0) kill(getpid(), SIGTERM);
    while (reporter.report({})) std::this_thread::yield();
    return Trace{};
  };
  EXPECT_EQ(work_in_lanes(2, [&] { return lane_of(*store, run); }, self(), kQuick), kExitInterrupted);
  EXPECT_EQ(store->unfinished(), 4);
  for (const Trial& trial : store->trials(false)) EXPECT_EQ(trial.state, TrialState::waiting);
}

TEST(Lanes, EndTogetherWhenOneFails) {
  const auto store = make_memory_study({}, sample_jobs(4));
  std::latch all_at_once(2);
  const auto run = [&](const Claim& claim, Reporter& reporter) {
    all_at_once.arrive_and_wait();
    if (claim.lease.trial == 1) throw DataError("images", "expected some");
    while (reporter.report({})) std::this_thread::yield();
    return Trace{};
  };
  EXPECT_THROW(work_in_lanes(2, [&] { return lane_of(*store, run); }, self(), kQuick), DataError);
  for (const Trial& trial : store->trials(false)) EXPECT_EQ(trial.state, TrialState::waiting);
}

TEST(Worker, WaitsForTheLastTrialOfOthersAndTakesItOver) {
  const auto store = make_memory_study({}, sample_jobs(1));
  const Lease other = store->claim({.host = "elsewhere", .process = 1, .started = 1}, 60)->lease;
  const std::jthread release([&] {
    std::this_thread::sleep_for(milliseconds(30));
    store->release(other);
  });
  const auto run = [](const Claim&, Reporter&) { return sample_trace(1); };
  EXPECT_EQ(work(*store, self(), run, kQuick), kExitDone);
  EXPECT_EQ(store->trial(0).trace, sample_trace(1));
}

TEST(Worker, ReportsNoOftenerThanAsked) {
  const auto store = make_memory_study({}, sample_jobs(1));
  const auto run = [&](const Claim&, Reporter& reporter) {
    for (int step = 1; step <= 5; ++step) EXPECT_TRUE(reporter.report({.steps = step}));
    EXPECT_EQ(store->trial(0).progress.steps, 1);
    return sample_trace(1);
  };
  WorkOptions slow = kQuick;
  slow.report = std::chrono::hours(1);
  EXPECT_EQ(work(*store, self(), run, slow), kExitDone);
}

}  // namespace
}  // namespace tse
