#include "tse/workflow/rankers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "tse/base/error.h"

namespace tse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Rankers, HaveOneShortestName) {
  EXPECT_EQ(ranker_name("tse-e:epochs=1"), "tse-e");
  EXPECT_EQ(ranker_name("synflow"), "synflow");
  EXPECT_EQ(ranker_name("snip:parameters=weights"), "snip");
  EXPECT_EQ(ranker_name("blend:static=synflow,speed=tse"), "blend:speed=tse");
  EXPECT_EQ(ranker_name("blend:static=params"), "blend:static=params");
}

TEST(Rankers, RefuseWhatTrainingsAloneDoNotHave) {
  const auto message = [](const char* name) { return message_of<UsageError>([&] { (void)ranker_name(name); }); };
  EXPECT_THAT(message("blen"), HasSubstr("blend"));
  EXPECT_THAT(message("lcsvr"), HasSubstr("tse evaluate"));
  EXPECT_THAT(message("blend:static=flops"), HasSubstr("'flops'"));
  EXPECT_THAT(message("blend:static=snip:nonsense=1"), HasSubstr("nonsense"));
  EXPECT_THAT(message("blend:weight=2"), HasSubstr("weight"));
}

TEST(Rankers, NeedTheScoresThatNobodyKnowsOtherwise) {
  EXPECT_THAT(scores_needed({"tse-ema", "tse", "params"}), IsEmpty());
  EXPECT_THAT(scores_needed({"blend", "tse-ema", "synflow", "snip:parameters=all"}),
              ElementsAre("synflow", "snip:parameters=all"));
  EXPECT_THAT(scores_needed({"blend:static=params", "blend:static=jaccov"}), ElementsAre("jaccov"));
}

}  // namespace
}  // namespace tse
