// What every store must do, for each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <thread>

#include "store/samples.h"
#include "tse/base/error.h"
#include "tse/store/memory.h"
#include "tse/store/store.h"
#include "tse/store/study_file.h"

namespace tse {
namespace {

constexpr double kPatience = 60;

/// A study that several threads can work on, each through a store of its own.
class Study {
 public:
  virtual ~Study() = default;
  virtual std::shared_ptr<Store> open() = 0;
};

class MemoryStudy : public Study {
 public:
  MemoryStudy(const Json& plan, std::vector<Job> jobs) : store_(make_memory_study(plan, std::move(jobs))) {}
  std::shared_ptr<Store> open() override { return store_; }

 private:
  std::shared_ptr<Store> store_;
};

class SqliteStudy : public Study {
 public:
  SqliteStudy(const Json& plan, std::vector<Job> jobs) {
    create_sqlite_study(folder_ / "study.db", plan, std::move(jobs));
  }
  std::shared_ptr<Store> open() override { return open_sqlite_study(folder_ / "study.db", Access::write); }

 private:
  TemporaryFolder folder_;
};

const Json kPlan = {{"verb", "rank"}, {"archs", {"a", "b"}}, {"seed", 1}};

class StoreContract : public testing::TestWithParam<std::string> {
 protected:
  void make(int trials) {
    if (GetParam() == "memory") study_ = std::make_unique<MemoryStudy>(kPlan, sample_jobs(trials));
    if (GetParam() == "sqlite") study_ = std::make_unique<SqliteStudy>(kPlan, sample_jobs(trials));
    store_ = study_->open();
  }

  Store& store() { return *store_; }
  std::shared_ptr<Store> another() { return study_->open(); }

 private:
  std::unique_ptr<Study> study_;
  std::shared_ptr<Store> store_;
};

/// A process of this host that is certainly dead: it has been waited for.
Owner dead_owner() {
  const pid_t child = in_child([] { return 0; });
  const Owner owner = local_process(child);
  exit_code(child);
  return owner;
}

/// A process of another host, of which nobody here can say whether it lives.
Owner remote_owner(int process = 5) { return {.host = "elsewhere", .process = process, .started = 77}; }

Job numbered(int index, int number) {
  Job job = sample_job(index);
  job.number = number;
  return job;
}

TEST_P(StoreContract, KeepsThePlanAsItIs) {
  make(0);
  EXPECT_EQ(store().plan(), kPlan);
  EXPECT_EQ(store().plan().dump(), kPlan.dump());  // the order of members too
}

TEST_P(StoreContract, RemembersTheFirstValueOfAFact) {
  make(0);
  EXPECT_EQ(store().recall("digest"), std::nullopt);
  EXPECT_EQ(store().remember("digest", "abc"), "abc");
  EXPECT_EQ(another()->remember("digest", "other"), "abc");
  EXPECT_EQ(store().recall("digest"), Json("abc"));
}

TEST_P(StoreContract, NumbersTrialsWithoutGaps) {
  make(3);
  store().append({sample_job(3), sample_job(4)});
  ASSERT_EQ(store().count(), 5);
  const auto trials = store().trials(true);
  ASSERT_EQ(trials.size(), 5U);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(trials.at(static_cast<std::size_t>(i)), (Trial{.job = numbered(i, i)}));
    EXPECT_EQ(store().trial(i).job, numbered(i, i));
  }
}

TEST_P(StoreContract, AppendsATrialWithItsResult) {
  make(2);
  Job job = sample_job(2);
  job.same_as = 1;
  store().append_finished(job, sample_trace(5));
  store().append({sample_job(3)});
  ASSERT_EQ(store().count(), 4);
  EXPECT_EQ(store().unfinished(), 3);
  job.number = 2;
  EXPECT_EQ(another()->trial(2), (Trial{.job = job, .state = TrialState::finished, .trace = sample_trace(5)}));
  EXPECT_EQ(store().claim(self(), kPatience)->lease.trial, 0);
  EXPECT_EQ(store().claim(self(), kPatience)->lease.trial, 1);
  EXPECT_EQ(store().claim(self(), kPatience)->lease.trial, 3);
  EXPECT_THROW(store().append_finished(sample_job(4), Trace{}), std::logic_error);
}

TEST_P(StoreContract, RefusesATrialThatIsNotThere) {
  make(2);
  EXPECT_THROW(store().trial(2), UsageError);
  EXPECT_THROW(store().trial(-1), UsageError);
}

TEST_P(StoreContract, GivesTheLowestWaitingTrialAndEachOnce) {
  make(3);
  for (int i = 0; i < 3; ++i) {
    const auto claim = store().claim(self(), kPatience);
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->lease.trial, i);
    EXPECT_EQ(claim->job, numbered(i, i));
    EXPECT_EQ(store().trial(i).state, TrialState::running);
  }
  EXPECT_EQ(store().claim(self(), kPatience), std::nullopt);
}

TEST_P(StoreContract, RecordsAResultOnce) {
  make(1);
  const Lease lease = store().claim(self(), kPatience)->lease;
  const Trace trace = sample_trace(1);
  EXPECT_TRUE(store().finish(lease, trace));
  EXPECT_FALSE(store().finish(lease, sample_trace(2)));
  EXPECT_FALSE(store().heartbeat(lease, {}));
  EXPECT_FALSE(store().release(lease));
  EXPECT_EQ(store().claim(self(), 0), std::nullopt);
  const Trial trial = another()->trial(0);
  EXPECT_EQ(trial.state, TrialState::finished);
  EXPECT_EQ(trial.trace, trace);
  EXPECT_THAT(store().late_results(0), testing::IsEmpty());
}

TEST_P(StoreContract, CountsTheUnfinished) {
  make(3);
  EXPECT_EQ(store().unfinished(), 3);
  store().claim(self(), kPatience);
  EXPECT_EQ(store().unfinished(), 3);
  store().finish(store().claim(self(), kPatience)->lease, sample_trace(1));
  EXPECT_EQ(store().unfinished(), 2);
}

TEST_P(StoreContract, RefusesAnUnfinishedResult) {
  make(1);
  const Lease lease = store().claim(self(), kPatience)->lease;
  EXPECT_THROW(store().finish(lease, {}), std::logic_error);
  EXPECT_EQ(store().trial(0).state, TrialState::running);
}

TEST_P(StoreContract, RefusesALeaseThatWasNeverGiven) {
  make(2);
  const Lease lease = store().claim(self(), kPatience)->lease;
  for (const Lease& forged : {Lease{.trial = 0, .number = lease.number + 1}, Lease{.trial = 1, .number = lease.number},
                              Lease{.trial = 0, .number = 0}, Lease{.trial = 9, .number = 9}}) {
    EXPECT_FALSE(store().heartbeat(forged, {}));
    EXPECT_FALSE(store().finish(forged, sample_trace(1)));
    EXPECT_FALSE(store().release(forged));
  }
  EXPECT_THAT(store().late_results(0), testing::IsEmpty());
  EXPECT_TRUE(store().finish(lease, sample_trace(1)));
}

TEST_P(StoreContract, LeavesTracesOutWhereTheyAreNotAskedFor) {
  make(2);
  store().finish(store().claim(self(), kPatience)->lease, sample_trace(1));
  const auto trials = store().trials(false);
  ASSERT_EQ(trials.size(), 2U);
  EXPECT_EQ(trials[0].trace, Trace{.status = TraceStatus::ok});
  EXPECT_EQ(trials[1].trace, Trace{});
  EXPECT_EQ(store().trials(true)[0].trace, sample_trace(1));
}

TEST_P(StoreContract, ShowsTheProgressOfTheNewestClaim) {
  make(1);
  const Lease first = store().claim(self(), kPatience)->lease;
  const Progress progress{.steps = 3, .steps_total = 10, .images_per_second = 12.5, .last_loss = 2.25};
  EXPECT_TRUE(store().heartbeat(first, progress));
  EXPECT_EQ(store().trials(false)[0].progress, progress);
  store().release(first);
  store().claim(self(), kPatience);
  EXPECT_EQ(store().trials(false)[0].progress, Progress{});
}

TEST_P(StoreContract, TakesALossThatIsNotFinite) {
  make(1);
  const Lease lease = store().claim(self(), kPatience)->lease;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(store().heartbeat(lease, {.last_loss = kInfinity}));
  EXPECT_EQ(store().trial(0).progress.last_loss, kInfinity);
  EXPECT_TRUE(store().heartbeat(lease, {.last_loss = std::nan("")}));
  EXPECT_TRUE(std::isnan(store().trial(0).progress.last_loss));
}

TEST_P(StoreContract, GivesAReleasedTrialAgain) {
  make(2);
  const Lease lease = store().claim(self(), kPatience)->lease;
  EXPECT_TRUE(store().release(lease));
  EXPECT_EQ(store().trial(0).state, TrialState::waiting);
  const auto again = store().claim(self(), kPatience);
  EXPECT_EQ(again->lease.trial, 0);
  EXPECT_GT(again->lease.number, lease.number);
  EXPECT_FALSE(store().finish(lease, sample_trace(1)));
  EXPECT_TRUE(store().finish(again->lease, sample_trace(2)));
  EXPECT_EQ(store().trial(0).trace, sample_trace(2));
}

TEST_P(StoreContract, KeepsALateResultAside) {
  make(1);
  const Lease slow = store().claim(remote_owner(), kPatience)->lease;
  EXPECT_EQ(store().claim(self(), kPatience), std::nullopt);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto taken = store().claim(self(), 0.01);  // the silence has outlasted this patience
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->lease.trial, 0);
  EXPECT_FALSE(store().heartbeat(slow, {}));
  EXPECT_FALSE(store().release(slow));
  EXPECT_FALSE(store().finish(slow, sample_trace(1)));
  EXPECT_TRUE(store().finish(taken->lease, sample_trace(2)));
  EXPECT_EQ(store().trial(0).trace, sample_trace(2));
  EXPECT_THAT(store().late_results(0), testing::ElementsAre(sample_trace(1)));
}

TEST_P(StoreContract, AcceptsTheResultOfASilentWorkerThatNobodyReplaced) {
  make(1);
  const Lease lease = store().claim(remote_owner(), kPatience)->lease;
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(store().finish(lease, sample_trace(1)));
}

TEST_P(StoreContract, GivesTheTrialOfADeadOwnerAtOnce) {
  make(1);
  const Lease lost = store().claim(dead_owner(), kPatience)->lease;
  const auto claim = store().claim(self(), kPatience);
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->lease.trial, 0);
  EXPECT_FALSE(store().finish(lost, sample_trace(1)));
  EXPECT_EQ(store().trial(0).crashes, 0);  // who knows why it died
}

TEST_P(StoreContract, AHeartbeatKeepsTheLease) {
  make(1);
  const Lease lease = store().claim(remote_owner(), kPatience)->lease;
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    EXPECT_TRUE(store().heartbeat(lease, {}));
    EXPECT_EQ(store().claim(self(), 0.2), std::nullopt);
  }
}

TEST_P(StoreContract, FailsATrialThatKillsItsWorkers) {
  make(2);
  for (int death = 1; death <= 3; ++death) {
    const Owner owner = dead_owner();
    ASSERT_EQ(store().claim(owner, kPatience)->lease.trial, 0);
    store().crashed(owner, 3, "worker killed by signal 9");
    EXPECT_EQ(store().trial(0).crashes, death);
    store().crashed(owner, 3, "worker killed by signal 9");  // the same death told twice
    EXPECT_EQ(store().trial(0).crashes, death);
  }
  const Trial trial = store().trial(0);
  EXPECT_EQ(trial.state, TrialState::finished);
  EXPECT_EQ(trial.trace, (Trace{.status = TraceStatus::failed, .reason = "worker killed by signal 9"}));
  EXPECT_EQ(store().claim(self(), kPatience)->lease.trial, 1);
}

TEST_P(StoreContract, CountsADeathWhoseTrialWasTakenOverAlready) {
  make(1);
  const Owner dead = dead_owner();
  store().claim(dead, kPatience);
  const Lease lease = store().claim(self(), kPatience)->lease;
  store().crashed(dead, 2, "reason");
  EXPECT_EQ(store().trial(0).crashes, 1);
  EXPECT_EQ(store().trial(0).state, TrialState::running);
  EXPECT_TRUE(store().heartbeat(lease, {}));

  // and at the limit, the present worker is told to stop
  store().release(lease);
  const Owner second = dead_owner();
  store().claim(second, kPatience);
  const Lease third = store().claim(self(), kPatience)->lease;
  store().crashed(second, 2, "reason");
  EXPECT_EQ(store().trial(0).trace.status, TraceStatus::failed);
  EXPECT_FALSE(store().heartbeat(third, {}));
  EXPECT_FALSE(store().finish(third, sample_trace(1)));
  EXPECT_THAT(store().late_results(0), testing::ElementsAre(sample_trace(1)));
}

TEST_P(StoreContract, CountsADeathForEachTrialThatItsOwnerHeld) {
  make(4);
  const Owner owner = self();
  const Lease finished = store().claim(owner, kPatience)->lease;
  for (int lane = 1; lane <= 3; ++lane) store().claim(owner, kPatience);
  store().finish(finished, sample_trace(1));
  store().crashed(owner, 3, "killed");
  store().crashed(owner, 3, "killed");  // the same death told twice
  EXPECT_EQ(store().trial(0).crashes, 0);
  for (int held = 1; held <= 3; ++held) {
    EXPECT_EQ(store().trial(held).crashes, 1) << held;
    EXPECT_EQ(store().trial(held).state, TrialState::waiting) << held;
  }
}

TEST_P(StoreContract, BlamesNoTrialForADeathBetweenTrials) {
  make(2);
  const Owner dead = dead_owner();
  store().crashed(dead, 1, "before its first claim");
  store().finish(store().claim(dead, kPatience)->lease, sample_trace(1));
  store().crashed(dead, 1, "after its result");
  EXPECT_EQ(store().trial(0).trace, sample_trace(1));
  EXPECT_EQ(store().trial(0).crashes, 0);
  EXPECT_EQ(store().trial(1).crashes, 0);
}

TEST_P(StoreContract, KnowsWhoHoldsTrials) {
  make(4);
  EXPECT_THAT(store().holders(), testing::IsEmpty());
  const auto first = store().claim(self(), 60);
  const auto second = store().claim(self(), 60);
  const auto other = store().claim(remote_owner(), 60);
  ASSERT_TRUE(first && second && other);
  store().heartbeat(first->lease, {.steps = 3, .steps_total = 9});
  store().heartbeat(second->lease, {.steps = 4, .steps_total = 9});
  int seen = 0;
  for (const Holder& holder : another()->holders()) {
    ++seen;
    EXPECT_EQ(holder.trials, holder.owner == self() ? 2 : 1);
    EXPECT_EQ(holder.steps, holder.owner == self() ? 7 : 0);
    EXPECT_THAT(holder.silence, testing::AllOf(testing::Ge(0), testing::Lt(30)));
  }
  EXPECT_EQ(seen, 2);
  store().release(other->lease);
  EXPECT_EQ(store().holders().size(), 1U);
}

TEST_P(StoreContract, HasOneCoordinator) {
  make(0);
  EXPECT_EQ(store().coordinator(), std::nullopt);
  EXPECT_EQ(store().coordinate(self()), std::nullopt);
  EXPECT_EQ(store().coordinate(self()), std::nullopt);  // again: still me
  EXPECT_EQ(another()->coordinate(remote_owner()), self());
  EXPECT_EQ(another()->coordinator(), self());
}

TEST_P(StoreContract, ReplacesADeadCoordinator) {
  make(0);
  const Owner dead = dead_owner();
  EXPECT_EQ(store().coordinate(dead), std::nullopt);
  EXPECT_EQ(store().coordinator(), std::nullopt);
  EXPECT_EQ(store().coordinate(self()), std::nullopt);
  EXPECT_EQ(store().coordinate(remote_owner()), self());
}

TEST_P(StoreContract, ThreadsClaimEachTrialOnce) {
  constexpr int kTrials = 200;
  constexpr int kThreads = 8;
  make(kTrials);
  std::vector<std::vector<int>> got(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([this, t, &got] {
        const auto mine = another();
        const Owner owner = remote_owner(t);
        while (const auto claim = mine->claim(owner, kPatience)) {
          got[static_cast<std::size_t>(t)].push_back(claim->lease.trial);
          mine->finish(claim->lease, sample_trace(claim->job.seed));
        }
      });
    }
  }
  std::vector<int> all;
  for (const auto& part : got) all.insert(all.end(), part.begin(), part.end());
  std::ranges::sort(all);
  std::vector<int> expected(kTrials);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(all, expected);
  for (const Trial& trial : store().trials(true)) EXPECT_EQ(trial.trace, sample_trace(trial.job.seed));
}

TEST_P(StoreContract, ThreadsAppendWithoutGaps) {
  constexpr int kThreads = 6;
  constexpr int kEach = 15;
  make(1);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([this, t] {
        const auto mine = another();
        for (int i = 0; i < kEach; ++i) mine->append({sample_job(1000 * t + 2 * i), sample_job(1000 * t + 2 * i + 1)});
      });
    }
  }
  const auto trials = store().trials(false);
  ASSERT_EQ(trials.size(), 1U + kThreads * kEach * 2U);
  int number = 0;
  for (const Trial& trial : trials) EXPECT_EQ(trial.job.number, number++);
  // what was appended together stays together
  for (std::size_t i = 1; i < trials.size(); i += 2) {
    EXPECT_EQ(trials[i].job.budget.epochs + 1, trials[i + 1].job.budget.epochs);
  }
}

INSTANTIATE_TEST_SUITE_P(AllStores, StoreContract, testing::Values("memory", "sqlite"),
                         [](const auto& store) { return store.param; });

}  // namespace
}  // namespace tse
