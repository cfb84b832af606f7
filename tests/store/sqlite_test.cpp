// What a study in a file is for: it outlives kills, and many processes share it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>

#include <chrono>
#include <ctime>
#include <thread>

#include "store/sqlite_study.h"
#include "tse/store/study_file.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST_F(SqliteTest, EverythingIsThereAfterReopening) {
  Lease lease;
  {
    const auto store = make(3);
    store->finish(store->claim(self(), 60)->lease, sample_trace(1, 200 * 391));
    lease = store->claim(self(), 60)->lease;
    store->heartbeat(lease, {.steps = 7, .steps_total = 9});
    store->remember("digest", 5);
  }
  const auto store = open();
  EXPECT_EQ(store->plan(), kPlan);
  EXPECT_EQ(store->recall("digest"), Json(5));
  EXPECT_EQ(store->trial(0).trace, sample_trace(1, 200 * 391));
  EXPECT_EQ(store->trial(1).progress.steps, 7);
  EXPECT_EQ(store->unfinished(), 2);
  EXPECT_TRUE(store->finish(lease, sample_trace(2)));
}

TEST_F(SqliteTest, CreationNeverOverwrites) {
  put(file(), "precious");
  EXPECT_THAT(message_of([&] { make(1); }), AllOf(HasSubstr("study.db"), HasSubstr("exists already")));
  EXPECT_EQ(content(file()), "precious");
  fs::remove(file());
  fs::create_symlink("nowhere", file());
  EXPECT_THAT(message_of([&] { make(1); }), HasSubstr("leads to nowhere"));
  EXPECT_THAT(files(), testing::ElementsAre("study.db"));
}

TEST_F(SqliteTest, OneOfManyCreatorsWins) {
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    children.push_back(in_child([&] {
      try {
        create_sqlite_study(file(), {{"maker", i}}, sample_jobs(5));
      } catch (const DataError&) {
        return 1;
      }
      return 0;
    }));
  }
  int made = 0;
  for (const pid_t child : children) made += exit_code(child) == 0 ? 1 : 0;
  EXPECT_EQ(made, 1);
  EXPECT_EQ(open()->count(), 5);
}

TEST_F(SqliteTest, CreationsThatAreKilledLeaveAllOrNothing) {
  const auto begin = [&] {
    return in_child([&] {
      create_sqlite_study(file(), kPlan, sample_jobs(300));
      return 0;
    });
  };
  const auto start = std::chrono::steady_clock::now();
  ASSERT_EQ(exit_code(begin()), 0);
  const auto length = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
  fs::remove(file());
  Stream random(3);
  int whole = 0;
  int nothing = 0;
  for (int i = 0; i < 25; ++i) {
    const pid_t child = begin();
    // the first at once, before the child can have done anything
    const auto wait = i == 0 ? 0 : random.below(static_cast<std::uint64_t>(length.count()) + 1);
    std::this_thread::sleep_for(std::chrono::microseconds(wait));
    kill(child, SIGKILL);
    exit_code(child);
    if (fs::exists(file())) {
      ++whole;
      EXPECT_EQ(open()->count(), 300);
      for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(file().string() + suffix);
    } else {
      ++nothing;
    }
  }
  EXPECT_GT(nothing, 0) << "no kill came early enough: " << whole;
  make(1);
  for (const std::string& name : files()) EXPECT_THAT(name, testing::StartsWith("study.db"));  // leftovers are gone
}

TEST_F(SqliteTest, DraftsOfTheLivingAreLeftAlone) {
  const Owner parent = local_process(getppid());
  const std::string draft =
      ".study.db.new-" + std::to_string(parent.process) + "-" + std::to_string(parent.started) + "-0-" + parent.host;
  for (const std::string& name : {draft, std::string(".study.db.new-zzz"), std::string(".study.db.new-1-2")}) {
    put(file(name), "");
  }
  make(1);
  EXPECT_THAT(files(), testing::IsSupersetOf({draft, std::string(".study.db.new-zzz")}));
}

TEST_F(SqliteTest, ALogThatWasLeftBehindIsNotTakenForTheNewStudys) {
  put(file("study.db-wal"), "from a study that was deleted");
  EXPECT_THAT(message_of([&] { make(1); }), AllOf(HasSubstr("study.db-wal"), HasSubstr("without its study")));
  EXPECT_FALSE(fs::exists(file()));
  put(file("study.db-wal"), "");  // as readers leave it: nothing is in it
  EXPECT_EQ(make(1)->count(), 1);
}

TEST_F(SqliteTest, EveryAcknowledgedResultSurvivesSigkill) {
  make(400).reset();
  Stream random(7);
  int acknowledged = 0;
  for (int round = 0; round < 6; ++round) {
    std::array<int, 2> pipe_ends{};
    ASSERT_EQ(pipe(pipe_ends.data()), 0);
    const pid_t child = in_child([&] {
      const auto store = open_sqlite_study(file(), Access::write);
      while (const auto claim = store->claim(self(), 60)) {
        store->heartbeat(claim->lease, {.steps = 1});
        if (!store->finish(claim->lease, sample_trace(claim->job.seed, 500))) return 1;
        const int number = claim->job.number;
        if (write(pipe_ends[1], &number, sizeof number) != sizeof number) return 2;
      }
      return 0;
    });
    close(pipe_ends[1]);
    std::vector<int> told;
    const auto hear = [&] {
      int number = 0;
      const bool heard = read(pipe_ends[0], &number, sizeof number) == sizeof number;
      if (heard) told.push_back(number);
      return heard;
    };
    const std::size_t enough = 1 + random.below(20);
    while (told.size() < enough && hear()) {
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(2000)));
    kill(child, SIGKILL);
    exit_code(child);
    const auto store = open();
    while (hear()) {
    }
    for (const int number : told) {
      const Trial trial = store->trial(number);
      EXPECT_EQ(trial.trace, sample_trace(trial.job.seed, 500));
      ++acknowledged;
    }
    close(pipe_ends[0]);
    const int finished = store->count() - store->unfinished();
    EXPECT_GE(finished, acknowledged);
    EXPECT_LE(finished, acknowledged + round + 1);  // at most one of each round could not be told any more
  }
  EXPECT_TRUE(is_sound(file()));
}

TEST_F(SqliteTest, ProcessesClaimEachTrialOnce) {
  make(200).reset();
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(in_child([&] {
      const auto store = open_sqlite_study(file(), Access::write);
      while (const auto claim = store->claim(self(), 60)) {
        if (!store->finish(claim->lease, sample_trace(claim->job.seed))) return 1;
      }
      return 0;
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(exit_code(child), 0);
  const auto store = open();
  for (const Trial& trial : store->trials(true)) {
    EXPECT_EQ(trial.trace, sample_trace(trial.job.seed));
    EXPECT_THAT(store->late_results(trial.job.number), testing::IsEmpty());
  }
}

TEST_F(SqliteTest, AZombieIsDead) {
  const pid_t child = in_child([] { return 0; });
  const Owner owner = local_process(child);
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  EXPECT_TRUE(is_dead(owner));
  exit_code(child);
  EXPECT_TRUE(is_dead(owner));
  EXPECT_FALSE(is_dead(self()));
  Owner earlier = self();
  earlier.started -= 1;  // the same id, of a process that was here before
  EXPECT_TRUE(is_dead(earlier));
  EXPECT_FALSE(is_dead({.host = "elsewhere", .process = child, .started = 1}));
}

TEST_F(SqliteTest, ATrialCostsLessThanAMillisecond) {
  constexpr int kTrials = 300;
  const auto store = make(kTrials);
  const Trace trace = sample_trace(1, 1000);
  const std::clock_t start = std::clock();  // of the processor: other tests run beside
  for (int i = 0; i < kTrials; ++i) store->finish(store->claim(self(), 60)->lease, trace);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kTrials;
  RecordProperty("microseconds_per_trial", static_cast<int>(seconds * 1e6));
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
  constexpr double kMost = 1e-3;
#else
  constexpr double kMost = 10e-3;  // without optimisation, and maybe under a sanitizer
#endif
  EXPECT_LT(seconds, kMost);
}

}  // namespace
}  // namespace tse
