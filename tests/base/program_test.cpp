#include "tse/base/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/base/write.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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

TEST(RunProgram, ShowsOfAnEndlessLineItsTwoEnds) {
  const std::string arch(100'000, 'a');
  const Outcome outcome = outcome_of([&]() -> int { throw UsageError("cell", "got '{}'\nin a file", arch); });
  EXPECT_LT(outcome.said.size(), 3000U);
  EXPECT_THAT(outcome.said, AllOf(testing::StartsWith("[cell] got 'aaa"), HasSubstr("aaa'\nin a file\n")));
  EXPECT_THAT(outcome.said, HasSubstr("98013 bytes"));
}

TEST(RunProgram, CallsWhatTheSystemRefusesNoBug) {
  const Outcome memory = outcome_of([]() -> int { throw std::bad_alloc(); });
  EXPECT_EQ(memory.code, 3);
  EXPECT_THAT(memory.said, HasSubstr("[ranker] there is not enough memory"));
  const Outcome thread =
      outcome_of([]() -> int { throw std::system_error(EAGAIN, std::generic_category(), "thread"); });
  EXPECT_EQ(thread.code, 3);
  EXPECT_THAT(thread.said, AllOf(HasSubstr("Resource temporarily unavailable"), Not(HasSubstr("bug"))));
  const std::string long_name(300, 'x');
  const Outcome path = outcome_of([&]() -> int { return std::filesystem::is_directory(long_name) ? 0 : 1; });
  EXPECT_EQ(path.code, 3);
  EXPECT_THAT(path.said, AllOf(HasSubstr("[" + long_name + "]"), HasSubstr("File name too long")));
}

TEST(RunProgram, SaysWhereAWriteMeetsALimitOnTheSizeOfFiles) {
  const TempFolder folder;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const Outcome outcome = outcome_of([&]() -> int {
    const rlimit small{.rlim_cur = 1000, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    write_file(folder.path() / "big", std::string(5000, 'x'));
    return 0;
  });
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.said, AllOf(HasSubstr((folder.path() / "big").string()), HasSubstr("File too large")));
}

TEST(RunProgram, CallsAnythingElseABugOfTheProgram) {
  const Outcome outcome = outcome_of([]() -> int { throw std::out_of_range("map::at"); });
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.said, HasSubstr("[ranker] a bug, please report it: map::at"));
}

}  // namespace
}  // namespace tse
