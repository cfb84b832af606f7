// A study in a file meets the world: foreign and damaged files, permissions, locks, full disks.
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "store/sqlite_study.h"
#include "tse/store/study_file.h"

namespace tse {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;

using SqliteSurroundings = SqliteTest;

/// Runs SQL on a file, as somebody else's program would.
void sql(const fs::path& file, const char* text) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  char* problem = nullptr;
  EXPECT_EQ(sqlite3_exec(handle, text, nullptr, nullptr, &problem), SQLITE_OK) << problem;
  sqlite3_close(handle);
}

/// A user without any rights, in a child process; tests may be run by root, who may do everything.
void become_nobody() {
  if (geteuid() != 0) return;
  if (setgroups(0, nullptr) != 0 || setgid(65534) != 0 || setuid(65534) != 0) _exit(97);
}

TEST_F(SqliteSurroundings, SaysWhatIsNoStudy) {
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

/// A curve would be as long: 8 MB for one evaluation after epoch 1,000,000.
TEST_F(SqliteSurroundings, RefusesEvaluationsAfterEpochsThatWereNotTrained) {
  const auto store = make(4);  // for 1, 2, 3 and 4 epochs
  const std::vector<int> evaluated = {1, 1'000'000, 2, 3};
  for (const int epoch : evaluated) {
    Trace trace = sample_trace(1);
    ASSERT_EQ(epochs(trace), 2);
    trace.evaluations.back().epoch = epoch;
    const auto claim = store->claim(self(), 60);
    ASSERT_TRUE(store->finish(claim->lease, trace));
  }
  EXPECT_EQ(store->trial(0).trace.evaluations.back().epoch, 1);
  EXPECT_EQ(store->trial(2).trace.evaluations.back().epoch, 2);
  EXPECT_THAT(message_of([&] { store->trial(1); }),
              AllOf(HasSubstr(file().string() + ": table result, row 1]"), HasSubstr("trial 1 within its 2 epochs"),
                    HasSubstr("after epoch 1000000")));
  EXPECT_THAT(message_of([&] { store->trial(3); }), HasSubstr("trial 3 within its 2 epochs; got one after epoch 3"));
  EXPECT_THAT(message_of([&] { store->trials(true); }), HasSubstr("trial 1"));
  EXPECT_EQ(store->trials(false).size(), 4U);
}

TEST_F(SqliteSurroundings, LateResultsMustFitTheirBudgetToo) {
  const auto store = make(1);
  const auto late = store->claim({.host = "elsewhere", .process = 1, .started = 1}, 60);
  const auto other = store->claim(self(), -1);  // without any patience
  ASSERT_TRUE(late && other);
  store->finish(other->lease, sample_trace(1));
  Trace trace = sample_trace(2);
  trace.evaluations.back().epoch = 2;
  ASSERT_FALSE(store->finish(late->lease, trace));
  EXPECT_THAT(message_of([&] { store->late_results(0); }),
              AllOf(HasSubstr(": table late, row "), HasSubstr("trial 0 within its 1 epochs; got one after epoch 2")));
}

TEST_F(SqliteSurroundings, LeavesAForeignDatabaseAlone) {
  sql(file(), "CREATE TABLE mine (x); INSERT INTO mine VALUES (1)");
  const std::string before = content(file());
  EXPECT_THAT(message_of([&] { open(); }), HasSubstr("another program's SQLite file"));
  EXPECT_EQ(content(file()), before);
  EXPECT_THAT(files(), testing::ElementsAre("study.db"));
}

TEST_F(SqliteSurroundings, RefusesANewerFormat) {
  make(1).reset();
  sql(file(), "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_THAT(message_of([&] { open(); }), AllOf(HasSubstr("format 99"), HasSubstr("newer version")));
}

TEST_F(SqliteSurroundings, RefusesAForeignSchema) {
  make(1).reset();
  sql(file(), "CREATE TRIGGER bad AFTER UPDATE ON trial BEGIN DELETE FROM result; END");
  EXPECT_THAT(message_of([&] { open(); }), HasSubstr("foreign 'bad'"));
  sql(file(), "DROP TRIGGER bad; DROP TABLE fact");
  EXPECT_THAT(message_of([&] { open(); }), HasSubstr("expected the tables of a study"));
}

TEST_F(SqliteSurroundings, NamesTheRowThatIsWrong) {
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

TEST_F(SqliteSurroundings, DamageAnywhereIsADataErrorOrUnnoticedButNeverACrash) {
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

TEST_F(SqliteSurroundings, ReadsWhileOthersWrite) {
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

TEST_F(SqliteSurroundings, AReadOnlyFolderCanBeReadAndSaysSoWhenItIsWritten) {
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

TEST_F(SqliteSurroundings, AReadOnlyFolderWithALogCanBeRead) {
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

TEST_F(SqliteSurroundings, AWritableFileInAReadOnlyFolderNamesTheLog) {
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

TEST_F(SqliteSurroundings, ALockThatIsHeldTooLongNamesTheCoordinator) {
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

TEST_F(SqliteSurroundings, AFullDiskIsNamedAndNothingIsLost) {
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

}  // namespace
}  // namespace tse
