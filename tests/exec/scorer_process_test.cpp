#include "tse/exec/scorer_process.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"

namespace tse {
namespace {

/// A program that is started in the engine's place.
class AScorer : public testing::Test {
 protected:
  std::filesystem::path script(const std::string& lines) {
    std::filesystem::path file = folder.write("engine", "#!/bin/sh\n" + lines);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file;
  }

  TempFolder folder;
};

TEST_F(AScorer, AnswersJobByJob) {
  ScorerProcess scorer(script("n=0; while read -r line; do n=$((n + 1)); echo $n.5; done\n"));
  EXPECT_EQ(scorer.score({}), 1.5);
  EXPECT_EQ(scorer.score({}), 2.5);
}

TEST_F(AScorer, MayWarnBeforeItAnswers) {
  ScorerProcess scorer(script("read -r line; echo a warning >&2; echo of two lines; echo 2.25; read -r line\n"));
  EXPECT_EQ(scorer.score({}), 2.25);
  EXPECT_THROW(scorer.score({}), DataError);
}

TEST_F(AScorer, ThatDiesTellsItsLastWords) {
  ScorerProcess scorer(script("read -r line; echo 4; read -r line; echo out of memory; exit 3\n"));
  EXPECT_EQ(scorer.score({}), 4);
  EXPECT_THAT(message_of<DataError>([&] { scorer.score({}); }), testing::HasSubstr("out of memory"));
}

/// An engine that takes long is watched, and whoever watches may give up.
TEST_F(AScorer, IsAttendedWhileItWorks) {
  ScorerProcess scorer(script("read -r line; sleep 0.5; echo 3; read -r line; sleep 60\n"));
  int calls = 0;
  EXPECT_EQ(scorer.score({}, [&] { ++calls; }), 3);
  EXPECT_GE(calls, 2);
  struct Enough {};
  EXPECT_THROW(scorer.score({}, [] { throw Enough(); }), Enough);
}

/// Nothing reads what is written to it: an error, not the signal that ends this process.
TEST(AScorerThatEndsAtOnce, IsAnError) {
  for (const char* program : {"/bin/false", "/bin/true"}) {
    ScorerProcess scorer(program);
    EXPECT_THROW(scorer.score({}), DataError);
  }
}

TEST(AScorerThatAnswersNonsense, IsAnError) {
  ScorerProcess scorer("/bin/echo");
  EXPECT_THROW(scorer.score({}), DataError);
}

}  // namespace
}  // namespace tse
