#include "tse/base/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tse/base/error.h"

namespace tse {
namespace {

using testing::HasSubstr;

struct Outcome {
  int code = kExitDone;
  std::string said;
};

Outcome outcome_of(const std::function<int()>& body) {
  testing::internal::CaptureStderr();
  const int code = run_program("ranker", body);
  return {.code = code, .said = testing::internal::GetCapturedStderr()};
}

TEST(RunProgram, ReturnsWhatTheBodyReturnsAndSaysNothing) {
  const Outcome outcome = outcome_of([] { return static_cast<int>(kExitInterrupted); });
  EXPECT_EQ(outcome.code, 4);
  EXPECT_EQ(outcome.said, "");
}

TEST(RunProgram, GivesEachKindOfErrorItsCodeAndItsMessage) {
  const Outcome usage = outcome_of([]() -> int { throw UsageError("place", "expected {}", "this"); });
  EXPECT_EQ(usage.code, 2);
  EXPECT_EQ(usage.said, "[place] expected this\n");
  const Outcome data = outcome_of([]() -> int { throw DataError("file", "ends early"); });
  EXPECT_EQ(data.code, 3);
  EXPECT_EQ(data.said, "[file] ends early\n");
}

TEST(RunProgram, CallsAnythingElseABugOfTheProgram) {
  const Outcome outcome = outcome_of([]() -> int { throw std::out_of_range("map::at"); });
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.said, HasSubstr("[ranker] a bug, please report it: map::at"));
}

}  // namespace
}  // namespace tse
