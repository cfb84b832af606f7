#include "tse/base/ahead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tse/base/random.h"

namespace tse {
namespace {

using std::chrono::milliseconds;

/// Makes ten times the step's number, but for step 3, and notes for which steps it was asked.
struct Maker {
  std::vector<std::int64_t> steps;
  std::atomic<int> made = 0;

  Ahead<std::int64_t>::Make make() {
    return [this](std::int64_t step) {
      steps.push_back(step);
      ++made;
      if (step == 3) throw std::runtime_error("no step 3");
      return 10 * step;
    };
  }
};

TEST(Ahead, GivesTheStepThatIsAskedForInAnyOrder) {
  constexpr std::int64_t kEnd = 9;
  Stream stream(7);
  Maker maker;
  Ahead<std::int64_t> ahead(maker.make(), kEnd);
  std::int64_t step = 0;
  for (int call = 0; call < 500; ++call) {
    if (step == 3) {
      EXPECT_THROW(ahead.at(step), std::runtime_error);
    } else {
      EXPECT_EQ(ahead.at(step), 10 * step);
    }
    const bool jumps = step + 1 == kEnd || stream.below(4) == 0;
    step = jumps ? static_cast<std::int64_t>(stream.below(kEnd)) : step + 1;
  }
}

TEST(Ahead, MakesEachStepOnceAndNoneAfterTheLast) {
  Maker maker;
  {
    Ahead<std::int64_t> ahead(maker.make(), 3);
    for (std::int64_t step = 0; step < 3; ++step) EXPECT_EQ(ahead.at(step), 10 * step);
    std::this_thread::sleep_for(milliseconds(20));  // time for one too many
  }
  EXPECT_THAT(maker.steps, testing::ElementsAre(0, 1, 2));
}

TEST(Ahead, MakesTheNextStepWhileTheCallerIsBusy) {
  Maker maker;
  Ahead<std::int64_t> ahead(maker.make(), 3);
  ahead.at(0);
  for (int wait = 0; wait < 1000 && maker.made < 2; ++wait) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(maker.made, 2);
}

TEST(Ahead, ThrowsWhatMakingAStepThrewOnlyWhereThatStepIsAskedFor) {
  Maker maker;
  Ahead<std::int64_t> ahead(maker.make(), 10);
  EXPECT_EQ(ahead.at(2), 20);
  EXPECT_EQ(ahead.at(8), 80);  // past a failure that nobody asks for
  EXPECT_THROW(ahead.at(3), std::runtime_error);
  EXPECT_THROW(ahead.at(3), std::runtime_error);
  EXPECT_EQ(ahead.at(4), 40);
}

TEST(Ahead, MayEndAtAnyMoment) {
  for (int turn = 0; turn < 200; ++turn) {
    Maker maker;
    {
      Ahead<std::int64_t> ahead(maker.make(), 3);
      for (std::int64_t step = 0; step < turn % 4 && step < 3; ++step) ahead.at(step);
    }
    EXPECT_LE(maker.steps.size(), 3U);
  }
}

}  // namespace
}  // namespace tse
