// What is particular to a study in a file: kills, damage, foreign files, permissions, full disks, locks.
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <functional>
#include <thread>

#include "store/samples.h"
#include "tse/base/error.h"
#include "tse/store/store.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;

const Json kPlan = {{"verb", "test"}};

class SqliteTest : public testing::Test {
 protected:
  fs::path file(const std::string& name = "study.db") const { return folder_ / name; }
  const fs::path& folder() const { return folder_.path(); }

  std::unique_ptr<Store> make(int trials) {
    create_sqlite_study(file(), kPlan, sample_jobs(trials));
    return open();
  }
  std::unique_ptr<Store> open(Access access = Access::write) { return open_sqlite_study(file(), access); }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder())) names.push_back(entry.path().filename());
    return names;
  }

 private:
  TemporaryFolder folder_;
};

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no DataError";
}

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

void put(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

/// Runs SQL on a file, as somebody else's program would.
void sql(const fs::path& file, const char* text) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  char* problem = nullptr;
  EXPECT_EQ(sqlite3_exec(handle, text, nullptr, nullptr, &problem), SQLITE_OK) << problem;
  sqlite3_close(handle);
}

bool is_sound(const fs::path& file) {
  sqlite3* handle = nullptr;
  sqlite3_open(file.c_str(), &handle);
  std::string answer;
  const auto take = [](void* target, int, char** values, char**) {
    *static_cast<std::string*>(target) += values[0];
    return 0;
  };
  sqlite3_exec(handle, "PRAGMA integrity_check", take, &answer, nullptr);
  sqlite3_close(handle);
  return answer == "ok";
}

/// A user without any rights, in a child process; tests may be run by root, who may do everything.
void become_nobody() {
  if (geteuid() != 0) return;
  if (setgroups(0, nullptr) != 0 || setgid(65534) != 0 || setuid(65534) != 0) _exit(97);
}

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
  EXPECT_THAT(message_of([&] { make(1); }), HasSubstr("exists already"));
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
  EXPECT_THAT(message_of([&] { make(1); }), AllOf(HasSubstr("study.db-wal"), HasSubstr("left over")));
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

TEST_F(SqliteTest, SaysWhatIsNoStudy) {
  EXPECT_THAT(message_of([&] { open(); }), AllOf(HasSubstr(file().string()), HasSubstr("no such study")));
  fs::create_directory(file("folder"));
  EXPECT_THAT(message_of([&] { open_sqlite_study(file("folder"), Access::read); }), HasSubstr("got a folder"));
  ASSERT_EQ(mkfifo(file("pipe").c_str(), 0600), 0);
  EXPECT_THAT(message_of([&] { open_sqlite_study(file("pipe"), Access::write); }), HasSubstr("no regular file"));
  for (const std::string& bytes :
       {std::string(), std::string("short"), std::string(5000, 'x'), std::string("SQLite format 3\0", 16)}) {
    put(file("noise"), bytes);
    for (const Access access : {Access::read, Access::write}) {
      EXPECT_THAT(message_of([&] { open_sqlite_study(file("noise"), access); }), HasSubstr("this is none"));
    }
    EXPECT_EQ(content(file("noise")), bytes);
  }
}

TEST_F(SqliteTest, LeavesAForeignDatabaseAlone) {
  sql(file(), "CREATE TABLE mine (x); INSERT INTO mine VALUES (1)");
  const std::string before = content(file());
  EXPECT_THAT(message_of([&] { open(); }), HasSubstr("another program's SQLite file"));
  EXPECT_EQ(content(file()), before);
  EXPECT_THAT(files(), testing::ElementsAre("study.db"));
}

TEST_F(SqliteTest, RefusesANewerFormat) {
  make(1).reset();
  sql(file(), "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_THAT(message_of([&] { open(); }), AllOf(HasSubstr("format 99"), HasSubstr("newer version")));
}

TEST_F(SqliteTest, RefusesAForeignSchema) {
  make(1).reset();
  sql(file(), "CREATE TRIGGER bad AFTER UPDATE ON trial BEGIN DELETE FROM result; END");
  EXPECT_THAT(message_of([&] { open(); }), HasSubstr("foreign 'bad'"));
  sql(file(), "DROP TRIGGER bad; DROP TABLE fact");
  EXPECT_THAT(message_of([&] { open(); }), HasSubstr("expected the tables of a study"));
}

TEST_F(SqliteTest, NamesTheRowThatIsWrong) {
  const auto expect = [&](const char* damage, const std::string& words) {
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(file().string() + suffix);
    {
      const auto store = make(3);
      store->finish(store->claim(self(), 60)->lease, sample_trace(1));
      store->claim(self(), 60);
    }
    sql(file(), damage);
    EXPECT_THAT(message_of([&] { open()->trials(true); }), AllOf(HasSubstr(file().string()), HasSubstr(words)))
        << damage;
  };
  expect("UPDATE trial SET job = '{}' WHERE number = 2", "table trial, row 2");
  expect("UPDATE trial SET job = '[[[' WHERE number = 2", "table trial, row 2");
  expect("UPDATE trial SET job = replace(job, '\"batch\":256', '\"batch\":0') WHERE number = 1", "batch must be in");
  expect("UPDATE trial SET state = 7 WHERE number = 1", "expected state in [0, 2]; got 7");
  expect("UPDATE trial SET state = 0 WHERE number = 0", "expected a status that fits state 0");
  expect("UPDATE trial SET status = 'splendid' WHERE number = 0", "'splendid'");
  expect("UPDATE trial SET crashes = -1 WHERE number = 0", "expected crashes in");
  expect("DELETE FROM trial WHERE number = 1", "trial 1 is missing");
  expect("UPDATE lease SET steps = -5", "expected steps in");
  expect("UPDATE result SET trace = x'00ff'", "table result, row 0");
  expect("UPDATE result SET trace = zeroblob(1000)", "table result, row 0");
  expect("DELETE FROM result", "expected a result of trial 0");
}

TEST_F(SqliteTest, DamageAnywhereIsADataErrorOrUnnoticedButNeverACrash) {
  {
    const auto store = make(40);
    for (int i = 0; i < 20; ++i) store->finish(store->claim(self(), 60)->lease, sample_trace(1, 300));
    store->claim(self(), 60);
  }
  const std::string good = content(file());
  Stream random(21);
  int refused = 0;
  for (int i = 0; i < 120; ++i) {
    std::string bad = good;
    if (i % 4 == 0) {
      bad.resize(random.below(bad.size()));
    } else {
      // the structures of SQLite lie at the beginnings of pages
      for (int edits = 0; edits < 4; ++edits) {
        const std::size_t page = 4096 * random.below(bad.size() / 4096);
        const std::size_t at = std::min(bad.size() - 1, page + random.below(i % 2 == 0 ? 4096 : 128));
        bad[at] = static_cast<char>(bad[at] ^ (1 << random.below(8)));
      }
    }
    put(file("bad.db"), bad);
    try {
      const auto store = open_sqlite_study(file("bad.db"), i % 3 == 0 ? Access::read : Access::write);
      store->plan();
      store->trials(true);
      if (i % 3 != 0) {
        store->append(sample_jobs(1));
        if (const auto claim = store->claim(self(), 60)) store->finish(claim->lease, sample_trace(1));
      }
    } catch (const DataError&) {
      ++refused;
    }
    for (const char* suffix : {"-wal", "-shm", "-journal"}) fs::remove(file("bad.db").string() + suffix);
  }
  EXPECT_GT(refused, 30);
}

TEST_F(SqliteTest, ReadsWhileOthersWrite) {
  const auto writer = make(2);
  const auto reader = open(Access::read);
  EXPECT_EQ(reader->unfinished(), 2);
  const Lease lease = writer->claim(self(), 60)->lease;
  EXPECT_EQ(reader->trial(0).state, TrialState::running);
  writer->finish(lease, sample_trace(1));
  EXPECT_EQ(reader->trial(0).trace, sample_trace(1));
  EXPECT_THAT(message_of([&] { reader->append(sample_jobs(1)); }), HasSubstr("may be written"));
  EXPECT_EQ(reader->count(), 2);
}

TEST_F(SqliteTest, AReadOnlyFolderCanBeReadAndSaysSoWhenItIsWritten) {
  {
    const auto store = make(2);
    store->finish(store->claim(self(), 60)->lease, sample_trace(1));
  }
  chmod(file().c_str(), 0444);
  chmod(folder().c_str(), 0555);
  const pid_t child = in_child([&] {
    become_nobody();
    const auto reader = open(Access::read);
    if (reader->trial(0).trace != sample_trace(1) || reader->count() != 2) return 1;
    if (message_of([&] { open(); }).find("permission") == std::string::npos) return 2;
    const std::string message = message_of([&] { create_sqlite_study(file("new.db"), kPlan, {}); });
    if (message.find("new.db") != std::string::npos && message.find("permission") != std::string::npos) return 0;
    fprintf(stderr, "%s\n", message.c_str());
    return 3;
  });
  EXPECT_EQ(exit_code(child), 0);
  chmod(folder().c_str(), 0755);
}

TEST_F(SqliteTest, AReadOnlyFolderWithALogCanBeRead) {
  // as a study looks whose processes were all killed: its newest results are in the log only
  const pid_t writer = in_child([&] {
    const auto store = make(2);
    store->finish(store->claim(self(), 60)->lease, sample_trace(1));
    kill(getpid(), SIGKILL);
    return 0;
  });
  EXPECT_EQ(exit_code(writer), -SIGKILL);
  ASSERT_TRUE(fs::exists(file("study.db-wal")));
  chmod(folder().c_str(), 0555);
  for (const char* suffix : {"", "-wal", "-shm"}) chmod((file().string() + suffix).c_str(), 0444);
  const pid_t child = in_child([&] {
    become_nobody();
    return open(Access::read)->trial(0).trace == sample_trace(1) ? 0 : 1;
  });
  EXPECT_EQ(exit_code(child), 0);
  chmod(folder().c_str(), 0755);
}

TEST_F(SqliteTest, AWritableFileInAReadOnlyFolderNamesTheLog) {
  make(1).reset();
  chmod(file().c_str(), 0666);
  chmod(folder().c_str(), 0555);
  const pid_t child = in_child([&] {
    become_nobody();
    const std::string message = message_of([&] { open(); });
    if (geteuid() != 0 && message.find("study.db-wal") != std::string::npos) return 0;
    fprintf(stderr, "%s\n", message.c_str());
    return 1;
  });
  EXPECT_EQ(exit_code(child), 0);
  chmod(folder().c_str(), 0755);
}

TEST_F(SqliteTest, ALockThatIsHeldTooLongNamesTheCoordinator) {
  const auto store = make(1);
  store->coordinate(self());
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto hurried = open_sqlite_study(file(), Access::write, milliseconds(200));
  EXPECT_THAT(message_of([&] { hurried->claim(self(), 60); }),
              AllOf(HasSubstr(file().string()), HasSubstr("locked by another process for more than 0.2 s"),
                    HasSubstr("process " + std::to_string(getpid()))));
  EXPECT_EQ(hurried->unfinished(), 1);  // reading goes on
  sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  EXPECT_TRUE(hurried->claim(self(), 60));
}

TEST_F(SqliteTest, AFullDiskIsNamedAndNothingIsLost) {
  const fs::path disk = file("disk");
  fs::create_directory(disk);
  const pid_t child = in_child([&] {
    // a disk of 600 kB that only this process sees
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=600k") != 0) {
      return 77;
    }
    const fs::path study = disk / "study.db";
    create_sqlite_study(study, kPlan, sample_jobs(60));
    auto store = open_sqlite_study(study, Access::write);
    int recorded = 0;
    std::string message;
    std::optional<Claim> claim;
    try {
      while ((claim = store->claim(self(), 60))) {
        store->finish(claim->lease, sample_trace(claim->job.seed, 5000));
        ++recorded;
      }
    } catch (const DataError& error) {
      message = error.what();
    }
    if (message.find("disk is full") == std::string::npos) {
      fprintf(stderr, "%s\n", message.c_str());
      return 1;
    }
    if (message_of([&] { create_sqlite_study(disk / "other.db", kPlan, sample_jobs(2000)); }).find("disk is full") ==
        std::string::npos) {
      return 2;
    }
    const auto whole = [&] {
      const auto reader = open_sqlite_study(study, Access::read);
      int found = 0;
      for (const Trial& trial : reader->trials(true)) {
        if (trial.state == TrialState::finished && trial.trace == sample_trace(trial.job.seed, 5000)) ++found;
      }
      return found == recorded;
    };
    if (!whole()) return 3;
    // with space again, the same store goes on
    if (mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=8m") != 0) return 4;
    while ((claim = store->claim(self(), 0))) {
      store->finish(claim->lease, sample_trace(claim->job.seed, 5000));
      ++recorded;
    }
    store.reset();
    return recorded == 60 && whole() && is_sound(study) ? 0 : 5;
  });
  const int code = exit_code(child);
  if (code == 77) GTEST_SKIP() << "may not mount a small disk here";
  EXPECT_EQ(code, 0);
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
