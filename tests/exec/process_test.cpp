#include "tse/exec/process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <string>

namespace tse {
namespace {

TEST(RunToEnd, GivesAllThatIsPrintedAndHowItEnded) {
  const Finished finished = run_to_end("/bin/sh", {"-c", "seq 100000; echo to standard error >&2; exit 3"});
  ASSERT_TRUE(WIFEXITED(finished.status));
  EXPECT_EQ(WEXITSTATUS(finished.status), 3);
  EXPECT_TRUE(finished.output.starts_with("1\n2\n3\n"));
  EXPECT_TRUE(finished.output.ends_with("\n100000\nto standard error\n"));
}

TEST(RunToEnd, GivesItNothingToRead) {
  EXPECT_EQ(run_to_end("/bin/cat", {}, {.input = true}).output, "");
  EXPECT_EQ(run_to_end("/bin/cat", {}).output, "");
}

TEST(RunToEnd, TellsOfSignals) { EXPECT_TRUE(WIFSIGNALED(run_to_end("/bin/sh", {"-c", "kill -9 $$"}).status)); }

}  // namespace
}  // namespace tse
