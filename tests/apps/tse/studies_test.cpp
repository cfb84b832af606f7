// What people do to the file of a study, and what a refused command leaves.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "apps/tse/program.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kTiny =
    " --space nb201:channels=4,cells=1 --data synthetic:size=8,train_images=256,test_images=64 --batch 32 ";

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string names_in(const fs::path& folder) {
  std::string names;
  for (const auto& entry : fs::directory_iterator(folder)) names += entry.path().filename().string() + ' ';
  return names;
}

/// Runs a long study and does something to its file once some of its trials are finished.
Output disturbed(const Program& tse, const std::string& disturbance) {
  return tse.shell("(" TSE_BIN "/tse rank --archs 400 --epochs 2 --workers 2 --study s.tse" + kTiny +
                   " & pid=$!; for i in $(seq 600); do sleep 0.1; " TSE_BIN
                   "/tse status s.tse --json 2>/dev/null | grep -q '\"ok\": [3-9]' && break; done; " +
                   disturbance + "; wait $pid)");
}

class TakenAway : public testing::TestWithParam<std::string> {};

TEST_P(TakenAway, AStudyIsRescued) {
  const Program tse;
  const Output output = disturbed(tse, GetParam());
  EXPECT_EQ(output.code, 3) << output.err;
  EXPECT_THAT(output.err,
              AllOf(HasSubstr("removed or moved away"), HasSubstr("s.tse.rescued"), Not(HasSubstr("remove "))));
  EXPECT_FALSE(fs::exists(tse.folder().path() / "s.tse.rescued-2"));
  const Json status = tse("status s.tse.rescued --json").json();
  EXPECT_GE(status.at("ok").get<int>(), 3) << status.dump();
  // no log is left that the next study of this name would take for its own
  EXPECT_FALSE(fs::exists(tse.folder().path() / "s.tse-wal"));
}

/// A log that a kill left, of a study in whose place another was put.
TEST(StudyFile, ALogOfAnotherStudyIsLeftAlone) {
  const Program tse;
  ASSERT_EQ(tse("rank --archs 1 --study other.tse" + kTiny).code, 0);
  const std::string other = tse.shell("sha256sum < other.tse").out;
  tse.shell("(" TSE_BIN "/tse rank --archs 400 --epochs 2 --workers 1 --study s.tse" + kTiny +
            " & pid=$!; for i in $(seq 600); do sleep 0.1; " TSE_BIN
            "/tse status s.tse --json 2>/dev/null | grep -q '\"ok\": [1-9]' && break; done; kill -9 $pid; sleep 2)");
  ASSERT_TRUE(fs::exists(tse.folder().path() / "s.tse-wal"));
  tse.shell("cp other.tse s.tse");
  for (const char* verb : {"status s.tse", "report s.tse --out page", "resume s.tse"}) {
    const Output output = tse(verb);
    EXPECT_EQ(output.code, 3) << verb;
    EXPECT_THAT(output.err, HasSubstr("s.tse-wal beside the file is that of another study")) << verb;
  }
  EXPECT_EQ(tse.shell("sha256sum < s.tse").out, other);
}

INSTANTIATE_TEST_SUITE_P(Ways, TakenAway,
                         testing::Values("rm s.tse", "rm s.tse*", "rm s.tse-wal", "mv s.tse t.tse",
                                         "cp /dev/null x; mv x s.tse"));

TEST(StudyFile, BehindALinkIsTheSameStudy) {
  const Program tse;
  ASSERT_EQ(tse("rank --archs 1 --study s.tse" + kTiny).code, 0);
  fs::create_directory(tse.folder().path() / "links");
  fs::create_symlink("../s.tse", tse.folder().path() / "links/l.tse");
  fs::permissions(tse.folder().path() / "links", fs::perms::owner_read | fs::perms::owner_exec);
  Json own = tse("status s.tse --json").json();
  Json linked = tse("status links/l.tse --json").json();
  own.erase("study");
  linked.erase("study");
  EXPECT_EQ(linked, own);
  EXPECT_THAT(tse("export links/l.tse --to e.tse").out, HasSubstr("1 training"));
  fs::permissions(tse.folder().path() / "links", fs::perms::owner_all);
}

TEST(StudyFile, IsOneFileAgainAfterItWasLookedAt) {
  const Program tse;
  ASSERT_EQ(tse("rank --archs 1 --study s.tse" + kTiny).code, 0);
  for (const char* verb : {"status s.tse", "report s.tse", "evaluate s.tse", "resume s.tse"}) {
    tse(verb);
    EXPECT_THAT(names_in(tse.folder().path()), AllOf(Not(HasSubstr("-wal")), Not(HasSubstr("-shm")))) << verb;
  }
}

TEST(StudyFile, KilledAndMovedWithoutItsLogIsWarnedOf) {
  const Program tse;
  const Output killed = tse.shell("(" TSE_BIN "/tse rank --archs 400 --workers 1 --study s.tse" + kTiny +
                                  " & pid=$!; for i in $(seq 600); do sleep 0.1; [ -s s.tse-wal ] && "
                                  "sqlite=1 && break; done; sleep 1; kill -9 $pid; wait $pid)");
  EXPECT_EQ(killed.code, 137);
  ASSERT_TRUE(fs::exists(tse.folder().path() / "s.tse-wal")) << names_in(tse.folder().path());
  fs::copy(tse.folder().path() / "s.tse", tse.folder().path() / "alone.tse");
  EXPECT_THAT(tse("status alone.tse").err,
              AllOf(HasSubstr("alone.tse-wal is not beside it"), HasSubstr("newest results")));
  EXPECT_EQ(tse("status s.tse").err, "");
  EXPECT_FALSE(fs::exists(tse.folder().path() / "s.tse-wal"));
  EXPECT_EQ(tse("status s.tse").err, "");  // folded: nothing can be missing any more
}

TEST(StudyFile, OfAFinishedStudyIsNotTouched) {
  const Program tse;
  ASSERT_EQ(tse("rank --archs 2 --study s.tse" + kTiny).code, 0);
  ASSERT_EQ(tse("export s.tse --to e.tse").code, 0);
  for (const char* name : {"s.tse", "e.tse"}) {
    const std::string before = content_of(tse.folder().path() / name);
    for (const char* verb : {"resume ", "status ", "report "}) {
      EXPECT_EQ(tse(std::string(verb) + name).code, 0) << verb;
      EXPECT_TRUE(content_of(tse.folder().path() / name) == before) << verb << name;
    }
  }
}

TEST(StudyFile, OfAFinishedStudyNeedNotBeWritable) {
  const Program tse;
  ASSERT_EQ(tse("rank --archs 1 --study s.tse" + kTiny).code, 0);
  fs::permissions(tse.folder().path() / "s.tse", fs::perms::owner_read | fs::perms::others_read);
  fs::permissions(tse.folder().path(), fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  const std::string nobody = geteuid() == 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups " : "";
  if (tse.shell(nobody + "test -x " TSE_BIN "/tse").code != 0) GTEST_SKIP() << "only root may run " TSE_BIN "/tse";
  const Output output = tse.shell(nobody + TSE_BIN "/tse resume s.tse");
  EXPECT_EQ(output.code, 0) << output.err;
}

TEST(Refusals, LeaveNoStudy) {
  const Program tse;
  tse.folder().write("bad/cat/a.png", "no picture");
  tse.folder().write("bad/cat/b.png", "no picture");
  tse.folder().write("bad/dog/a.png", "no picture");
  tse.folder().write("bad/dog/b.png", "no picture");
  for (const std::string& command : std::vector<std::string>{
           "rank --archs 1 --data images:dir=bad --study s.tse", "rank --archs 1 --device cuda --study s.tse" + kTiny,
           "rank --archs 1 --workers 1000 --study s.tse" + kTiny, "rank --archs 1 --lanes 2 --study s.tse" + kTiny,
           "rank --archs 1 --recipe nb201:valid_fraction=0 --valid-every 1 --study s.tse" + kTiny,
           "rank --archs 1 --data images:dir=none --study s.tse"}) {
    const Output output = tse(command);
    EXPECT_THAT(output.code, testing::AnyOf(2, 3)) << command << output.err;
    EXPECT_THAT(names_in(tse.folder().path()), Not(HasSubstr("s.tse"))) << command;
  }
  EXPECT_EQ(tse("rank --archs 1 --study s.tse" + kTiny).code, 0);
}

TEST(Refusals, ComeBeforeAnythingIsTrained) {
  const Program tse;
  tse.folder().write("page/index.html", "<html>mine</html>");
  tse.folder().write("file", "no folder");
  for (const char* report : {"page", "file", "file/deeper"}) {
    const Output output = tse("rank --archs 1 --study s.tse --report " + std::string(report) + kTiny);
    EXPECT_EQ(output.code, 3) << report;
    EXPECT_THAT(output.err, AllOf(HasSubstr(report), HasSubstr("expected"))) << report;
    EXPECT_THAT(names_in(tse.folder().path()), Not(HasSubstr("s.tse"))) << report;
  }
  EXPECT_EQ(content_of(tse.folder().path() / "page/index.html"), "<html>mine</html>");
  EXPECT_EQ(tse("rank --archs 1 --study s.tse --report own" + kTiny).code, 0);
  EXPECT_EQ(tse("report s.tse --out own").code, 0);  // an earlier report may be replaced
  EXPECT_EQ(tse("report s.tse --out page").code, 3);
  tse.folder().write("csv/final.csv", "mine");
  EXPECT_EQ(tse("export s.tse --to e.tse --csv csv").code, 3);
  EXPECT_FALSE(fs::exists(tse.folder().path() / "e.tse"));
}

TEST(Workers, AreNotBoundToOneCore) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "there is only one core";
  const Program tse;
  const Output bound = tse.shell("(OMP_PROC_BIND=true OMP_PLACES=cores GOMP_CPU_AFFINITY=0 " TSE_BIN
                                 "/tse rank --archs 2 --epochs 4000 --workers 2 --study s.tse" +
                                 kTiny +
                                 " & pid=$!; for i in $(seq 100); do sleep 0.1; "
                                 "[ $(wc -w < /proc/$pid/task/$pid/children) = 2 ] && break; done; sleep 2; "
                                 "for child in $(cat /proc/$pid/task/$pid/children); do grep Cpus_allowed_list "
                                 "/proc/$child/status; done; "
                                 "grep Cpus_allowed_list /proc/self/status; kill -INT $pid; wait $pid)");
  std::istringstream lines(bound.out);
  std::set<std::string> allowed;
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) allowed.insert(line);
  EXPECT_EQ(count, 3) << bound.out << bound.err;  // two workers and a process that nobody told to bind
  EXPECT_EQ(allowed.size(), 1U) << bound.out;
}

TEST(Resume, TellsOfAnotherInstructionSet) {
  const Program tse;
  const Output begun = tse.shell("timeout --preserve-status -s INT 3 env TSE_CPU_TARGET=baseline " TSE_BIN
                                 "/tse rank --archs 40 --epochs 40 --workers 1 --precision bf16 --study s.tse" +
                                 kTiny);
  ASSERT_EQ(begun.code, 4) << begun.err;
  EXPECT_THAT(begun.err, HasSubstr("bf16 saves no time on this CPU"));
  const Output on =
      tse.shell("timeout --preserve-status -s INT 2 env TSE_CPU_TARGET=avx2 " TSE_BIN "/tse resume s.tse");
  EXPECT_THAT(on.err, HasSubstr("was begun with baseline and goes on with avx2"));
}

TEST(Refusals, NameAnEmptyValue) {
  const Program tse;
  EXPECT_THAT(tse("rank --study '' --archs 1" + kTiny).err, HasSubstr("[--study] expected a value; got an empty one"));
  EXPECT_THAT(tse("status ''").err, HasSubstr("[study] expected a value; got an empty one"));
  EXPECT_EQ(tse("status ''").code, 2);
}

}  // namespace
}  // namespace tse
