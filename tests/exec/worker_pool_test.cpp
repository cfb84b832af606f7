// Worker processes under all the ways to die, with a worker that has no networks in it (fake_worker.cpp).
#include "tse/exec/worker_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "store/samples.h"
#include "tse/base/error.h"
#include "tse/store/study_file.h"

namespace tse {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;

const std::filesystem::path kFakeWorker = std::filesystem::path(TSE_BIN) / "fake_worker";

/// Settings of the fake workers, for as long as it lives.
class Environment {
 public:
  explicit Environment(std::initializer_list<std::pair<std::string, std::string>> values) {
    for (const auto& [name, value] : values) {
      setenv(name.c_str(), value.c_str(), 1);
      names_.push_back(name);
    }
  }
  Environment(const Environment&) = delete;
  ~Environment() {
    for (const std::string& name : names_) unsetenv(name.c_str());
  }

 private:
  std::vector<std::string> names_;
};

std::vector<Job> short_jobs(int count) {
  std::vector<Job> jobs = sample_jobs(count);
  for (Job& job : jobs) job.budget.epochs = 2;
  return jobs;
}

/// Processes, other than ours, that were started with `word` as an argument.
std::vector<pid_t> processes_with(const std::string& word) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos || std::stoi(name) == getpid()) continue;
    std::ifstream file(entry.path() / "cmdline");
    std::stringstream text;
    text << file.rdbuf();
    if (text.str().find(word) != std::string::npos) found.push_back(std::stoi(name));
  }
  return found;
}

bool soon(const std::function<bool()>& condition, milliseconds limit = seconds(60)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

class WorkerPoolTest : public testing::Test {
 protected:
  void make(int trials) {
    store_.reset();
    ++made_;
    create_sqlite_study(file(), {{"verb", "test"}}, short_jobs(trials));
    store_ = open_sqlite_study(file(), Access::write);
  }

  std::filesystem::path file() const { return folder_ / ("study" + std::to_string(made_) + ".db"); }
  std::filesystem::path log() const { return folder_ / "study.log"; }
  std::filesystem::path once() const { return folder_ / "once"; }
  Store& store() { return *store_; }

  WorkerOptions options(int workers) const {
    return {.workers = workers,
            .program = kFakeWorker,
            .arguments = {"worker", "--study", file().string()},
            .log = log(),
            .grace = milliseconds(500)};
  }

  /// Runs until all is finished, or for so long.
  void run(int workers, const std::function<void(WorkerPool&)>& meanwhile = [](WorkerPool&) {}) {
    WorkerPool pool(store(), options(workers));
    EXPECT_TRUE(soon([&] {
      pool.poll();
      meanwhile(pool);
      return store().unfinished() == 0;
    }));
  }

  /// Results in order, without what may differ from run to run.
  std::vector<Trace> results() {
    std::vector<Trace> list;
    for (Trial& trial : store().trials(true)) list.push_back(std::move(trial.trace));
    return list;
  }

  std::string logged() const {
    std::ifstream file(log());
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  int made_ = 0;
};

TEST_F(WorkerPoolTest, AnyNumberOfWorkersGivesTheSameResults) {
  make(12);
  run(1);
  const std::vector<Trace> alone = results();
  ASSERT_EQ(alone.size(), 12U);
  for (const Trace& trace : alone) {
    EXPECT_EQ(trace.status, TraceStatus::ok);
    EXPECT_EQ(trace.step_loss.size(), 20U);
  }
  EXPECT_NE(alone[0].step_loss, alone[1].step_loss);
  make(12);
  run(3);
  EXPECT_EQ(results(), alone);
}

TEST_F(WorkerPoolTest, StartsNoMoreWorkersThanTrials) {
  make(2);
  const Environment slow{{"TSE_FAKE_STEP_MS", "5"}};
  std::size_t most = 0;
  run(5, [&](WorkerPool& pool) { most = std::max(most, pool.processes().size()); });
  EXPECT_EQ(most, 2U);
}

TEST_F(WorkerPoolTest, KillingWorkersChangesNothing) {
  make(10);
  run(1);
  const std::vector<Trace> undisturbed = results();
  make(10);
  const Environment slow{{"TSE_FAKE_STEP_MS", "2"}};
  Stream random(11);
  int kills = 0;
  WorkerOptions lenient = options(3);
  lenient.crash_limit = lenient.lacking_limit = 1000;  // here the trials are not to blame
  WorkerPool pool(store(), lenient);
  EXPECT_TRUE(soon([&] {
    pool.poll();
    const auto workers = pool.processes();
    if (kills < 20 && !workers.empty() && random.below(4) == 0) {
      kill(workers[random.below(workers.size())], SIGKILL);
      ++kills;
    }
    return store().unfinished() == 0;
  }));
  EXPECT_GE(kills, 5);
  EXPECT_EQ(results(), undisturbed);
}

TEST_F(WorkerPoolTest, WorkersVanishWithTheirCoordinatorAndARerunGoesOn) {
  make(8);
  run(2);
  const std::vector<Trace> undisturbed = results();
  make(8);
  const Environment slow{{"TSE_FAKE_STEP_MS", "2"}};
  Stream random(5);
  for (int kills = 0; kills < 6; ++kills) {
    const pid_t coordinator = in_child([&] {
      execl(kFakeWorker.c_str(), kFakeWorker.c_str(), "coordinate", "--study", file().c_str(), "2", nullptr);
      return 98;
    });
    std::this_thread::sleep_for(milliseconds(random.below(60)));
    kill(coordinator, SIGKILL);
    exit_code(coordinator);
    EXPECT_TRUE(soon([&] { return processes_with(file().string()).empty(); }, seconds(20)));
  }
  run(2);
  EXPECT_EQ(results(), undisturbed);
  for (const Trial& trial : store().trials(false)) EXPECT_EQ(trial.crashes, 0);  // the trials were not to blame
}

TEST_F(WorkerPoolTest, ATrialThatKillsItsWorkersFailsAndTheOthersGoOn) {
  make(4);
  const Environment deadly{{"TSE_FAKE_DIE", "1:7"}};
  run(2);
  const Trial trial = store().trial(1);
  EXPECT_EQ(trial.crashes, 3);
  EXPECT_EQ(trial.trace.status, TraceStatus::failed);
  EXPECT_THAT(trial.trace.reason, AllOf(HasSubstr("3 times"), HasSubstr("signal 11")));
  for (const int other : {0, 2, 3}) EXPECT_EQ(store().trial(other).trace.status, TraceStatus::ok);
}

TEST_F(WorkerPoolTest, WantOfMemoryIsNoVerdictOnATrial) {
  make(3);
  run(1);
  const std::vector<Trace> undisturbed = results();
  make(3);
  for (const char* how : {"TSE_FAKE_KILLED", "TSE_FAKE_SHORT"}) {
    const Environment no_memory{{how, "1:7"}};
    std::string message;
    try {
      run(2);
    } catch (const DataError& error) {
      message = error.what();
    }
    EXPECT_THAT(message, AllOf(HasSubstr("10 workers in a row"), HasSubstr("too little memory"))) << how;
    EXPECT_EQ(store().trial(1).crashes, 0) << how;
    EXPECT_NE(store().trial(1).state, TrialState::finished) << how;
  }
  run(1);
  EXPECT_EQ(results(), undisturbed);
}

/// As where the memory of a GPU is too small for so many trainings at once.
TEST_F(WorkerPoolTest, AfterAShortageThereAreFewerLanes) {
  make(3);
  run(1);
  const std::vector<Trace> undisturbed = results();
  make(3);
  const Environment no_memory{{"TSE_FAKE_SHORT", "1:7"}, {"TSE_FAKE_ONCE", once().string()}};
  WorkerOptions several = options(1);
  several.lanes = 5;
  {
    WorkerPool pool(store(), several);
    EXPECT_TRUE(soon([&] {
      pool.poll();
      return store().unfinished() == 0;
    }));
  }
  std::ifstream file(log());
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_THAT(text.str(), testing::MatchesRegex("given 5 lanes\n.*too little.*\ngiven 3 lanes\n"));
  EXPECT_EQ(store().trial(1).crashes, 0);
  EXPECT_EQ(results(), undisturbed);
}

TEST_F(WorkerPoolTest, AWorkerThatHangsBeforeItTakesATrialIsEnded) {
  make(3);
  const Environment hanging{{"TSE_FAKE_STUCK", "1"}, {"TSE_FAKE_ONCE", once().string()}};
  WorkerOptions hasty = options(1);
  hasty.patience_seconds = 0.3;
  WorkerPool pool(store(), hasty);
  EXPECT_TRUE(soon([&] {
    pool.poll();
    return store().unfinished() == 0;
  }));
  for (const Trial& trial : store().trials(false)) EXPECT_EQ(trial.crashes, 0);
}

TEST_F(WorkerPoolTest, AHangingWorkerIsEndedAlsoWhereItIsTheOnlyOne) {
  for (const char* how : {"TSE_FAKE_HANG", "TSE_FAKE_SPIN"}) {
    make(3);
    const Environment hanging{{how, "1:7"}, {"TSE_FAKE_ONCE", once().string() + how}, {"TSE_FAKE_PATIENCE", "1000"}};
    WorkerOptions hasty = options(1);
    hasty.patience_seconds = 0.3;
    WorkerPool pool(store(), hasty);
    EXPECT_TRUE(soon([&] {
      pool.poll();
      return store().unfinished() == 0;
    })) << how;
    EXPECT_EQ(store().trial(1).trace.status, TraceStatus::ok) << how;
    EXPECT_EQ(store().trial(1).crashes, 1) << how;
  }
}

TEST_F(WorkerPoolTest, WhatFailedMayBeTriedAgain) {
  make(3);
  {
    const Environment deadly{{"TSE_FAKE_DIE", "1:7"}};
    run(1);
  }
  ASSERT_EQ(store().trial(1).trace.status, TraceStatus::failed);
  const Trace other = store().trial(0).trace;
  EXPECT_EQ(store().retry_failed(), 1);
  EXPECT_EQ(store().retry_failed(), 0);
  run(1);
  EXPECT_EQ(store().trial(1).trace.status, TraceStatus::ok);
  EXPECT_EQ(store().trial(1).crashes, 0);
  EXPECT_EQ(store().trial(0).trace, other);
}

TEST_F(WorkerPoolTest, OneCrashIsForgiven) {
  make(3);
  run(1);
  const std::vector<Trace> undisturbed = results();
  make(3);
  const Environment once_deadly{{"TSE_FAKE_DIE", "1:7"}, {"TSE_FAKE_ONCE", once().string()}};
  run(1);
  EXPECT_EQ(results(), undisturbed);
  EXPECT_EQ(store().trial(1).crashes, 1);
}

TEST_F(WorkerPoolTest, ABugNamesItselfInTheReason) {
  make(2);
  const Environment buggy{{"TSE_FAKE_ABORT", "0:3"}};
  run(1);
  EXPECT_THAT(
      store().trial(0).trace.reason,
      AllOf(HasSubstr("exit code 1"), HasSubstr("[fake_worker] a bug, please report it: something unheard of")));
  EXPECT_THAT(logged(), HasSubstr("something unheard of"));
}

TEST_F(WorkerPoolTest, BadDataStopsEverythingWithTheWorkersWords) {
  make(6);
  const Environment picky{{"TSE_FAKE_REFUSE", "2"}, {"TSE_FAKE_STEP_MS", "1"}};
  WorkerPool pool(store(), options(2));
  std::string message;
  EXPECT_TRUE(soon([&] {
    try {
      pool.poll();
    } catch (const DataError& error) {
      message = error.what();
    }
    return !message.empty();
  }));
  EXPECT_THAT(message, testing::EndsWith("expected images; got noise:\n[one.png] is noise\n[two.png] is noise"));
  EXPECT_THAT(message, testing::Not(HasSubstr("Warning")));
  EXPECT_THAT(pool.processes(), testing::IsEmpty());
  EXPECT_THAT(processes_with(file().string()), testing::IsEmpty());
  EXPECT_EQ(store().trial(2).state, TrialState::waiting);
  EXPECT_EQ(store().trial(2).crashes, 0);
}

/// A log that is a FIFO without a reader would otherwise be waited for.
TEST_F(WorkerPoolTest, AFifoInTheLogsPlaceIsNotWaitedFor) {
  make(1);
  WorkerOptions with_fifo = options(1);
  with_fifo.log = file().string() + ".fifo";
  ASSERT_EQ(mkfifo(with_fifo.log.c_str(), 0600), 0);
  WorkerPool pool(store(), with_fifo);
  EXPECT_TRUE(soon([&] {
    pool.poll();
    return store().unfinished() == 0;
  }));
}

TEST_F(WorkerPoolTest, StopGivesTheTrialsBackInTime) {
  make(2);
  const Environment slow{{"TSE_FAKE_STEP_MS", "50"}};
  WorkerPool pool(store(), options(2));
  ASSERT_TRUE(soon([&] {
    pool.poll();
    return store().trial(1).progress.steps > 0;
  }));
  const auto start = std::chrono::steady_clock::now();
  pool.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(2));
  for (const Trial& trial : store().trials(false)) {
    EXPECT_EQ(trial.state, TrialState::waiting);
    EXPECT_EQ(trial.crashes, 0);
  }
}

/// It may get next to nothing of one, as a niced worker does on a machine that others keep busy.
TEST_F(WorkerPoolTest, AWorkerThatWaitsForACoreDoesNotHang) {
  make(1);
  const Environment spinning{{"TSE_FAKE_SPIN", "0:5"}};
  WorkerOptions hasty = options(1);
  hasty.patience_seconds = 0.5;
  WorkerPool pool(store(), hasty);
  ASSERT_TRUE(soon([&] {
    pool.poll();
    return store().trial(0).progress.steps > 0;
  }));
  const pid_t worker = pool.processes().at(0);
  cpu_set_t core;
  CPU_ZERO(&core);
  CPU_SET(sched_getcpu(), &core);
  std::atomic<bool> done = false;
  std::thread busy([&] {
    sched_setaffinity(0, sizeof core, &core);
    while (!done) continue;
  });
  const sched_param lowest{};
  ASSERT_EQ(sched_setaffinity(worker, sizeof core, &core), 0);
  ASSERT_EQ(sched_setscheduler(worker, SCHED_IDLE, &lowest), 0);
  const auto deadline = std::chrono::steady_clock::now() + seconds(4);
  bool same = true;
  while (same && std::chrono::steady_clock::now() < deadline) {
    pool.poll();
    same = pool.processes() == std::vector{worker};
    std::this_thread::sleep_for(milliseconds(10));
  }
  done = true;
  busy.join();
  EXPECT_TRUE(same);
}

TEST_F(WorkerPoolTest, AWorkerThatDoesNotListenIsKilled) {
  make(1);
  const Environment stubborn{{"TSE_FAKE_HANG", "0:1"}, {"TSE_FAKE_DEAF", "1"}};
  WorkerOptions impatient = options(1);
  impatient.grace = milliseconds(200);
  WorkerPool pool(store(), impatient);
  ASSERT_TRUE(soon([&] {
    pool.poll();
    return store().trial(0).state == TrialState::running;
  }));
  pool.stop();
  EXPECT_THAT(processes_with(file().string()), testing::IsEmpty());
  EXPECT_EQ(store().trial(0).crashes, 0);
}

TEST_F(WorkerPoolTest, TheTrialOfAHungWorkerIsTakenOver) {
  make(4);
  run(1);
  const std::vector<Trace> undisturbed = results();
  make(4);
  const Environment hanging{{"TSE_FAKE_HANG", "0:5"}, {"TSE_FAKE_ONCE", once().string()}, {"TSE_FAKE_PATIENCE", "0.5"}};
  run(2);
  EXPECT_EQ(results(), undisturbed);
}

TEST_F(WorkerPoolTest, AProgramThatCannotBeStartedIsNamed) {
  make(1);
  WorkerOptions wrong = options(1);
  wrong.program = "/nonexistent/engine";
  WorkerPool pool(store(), wrong);
  EXPECT_THAT([&] { pool.poll(); },
              testing::ThrowsMessage<DataError>(AllOf(HasSubstr("/nonexistent/engine"), HasSubstr("No such file"))));
}

TEST_F(WorkerPoolTest, AProgramThatNeverTakesATrialIsNotStartedForEver) {
  make(1);
  for (const char* command : {"exit 0", "echo libexample.so: not found >&2; exit 127", "kill -SEGV $$"}) {
    WorkerOptions wrong = options(2);
    wrong.program = "/bin/sh";
    wrong.arguments = {"-c", command};
    WorkerPool pool(store(), wrong);
    std::string message;
    EXPECT_TRUE(soon([&] {
      try {
        pool.poll();
      } catch (const DataError& error) {
        message = error.what();
      }
      return !message.empty();
    }));
    EXPECT_THAT(message, HasSubstr("without taking a trial"));
  }
  EXPECT_THAT(logged(), HasSubstr("libexample.so"));
  EXPECT_EQ(store().trial(0).state, TrialState::waiting);
}

TEST_F(WorkerPoolTest, AWorkerIsInAGroupOfItsOwnAndReadsNoTerminal) {
  make(1);
  WorkerOptions curious = options(1);
  curious.program = "/bin/sh";
  curious.arguments = {"-c", "cat; cut -d' ' -f5 /proc/$$/stat; echo $$; exit 3"};
  WorkerPool pool(store(), curious);
  std::string message;
  EXPECT_TRUE(soon([&] {
    try {
      pool.poll();
    } catch (const DataError& error) {
      message = error.what();
    }
    return !message.empty();
  }));
  std::istringstream lines(logged());
  int group = 0;
  int process = -1;
  lines >> group >> process;
  EXPECT_EQ(group, process);
}

}  // namespace
}  // namespace tse
