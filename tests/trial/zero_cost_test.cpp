#include "tse/trial/zero_cost.h"

#include <gtest/gtest.h>

namespace tse {
namespace {

TEST(ZeroCost, IsNamedByTheShortestString) {
  for (const std::string& name : zero_cost_scores().names()) EXPECT_EQ(to_text(make_zero_cost(name)), name);
  EXPECT_EQ(to_text(make_zero_cost("snip:batch=64,parameters=all,images=shared")), "snip:parameters=all");
  EXPECT_EQ(to_text(make_zero_cost("jaccov:images=own,outputs=1")), "jaccov:outputs=1,images=own");
}

TEST(ZeroCost, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"snap", "synflow:batch=64", "snip:parameters=some", "snip:batch=0", "snip:batch=4097",
                           "jaccov:outputs=2", "params:a=b", ""})
    EXPECT_THROW(make_zero_cost(text), UsageError) << text;
}

TEST(ZeroCost, TakesTheCommandsBatchUnlessItSaysItsOwn) {
  EXPECT_EQ(to_text(make_zero_cost("snip", 128)), "snip:batch=128");
  EXPECT_EQ(to_text(make_zero_cost("snip:batch=32", 128)), "snip:batch=32");
  EXPECT_EQ(to_text(make_zero_cost("snip:batch=64", 128)), "snip");
  EXPECT_EQ(to_text(make_zero_cost("synflow", 128)), "synflow");
}

TEST(ZeroCost, SaysWhichImagesItLooksAt) {
  EXPECT_EQ(look_of(make_zero_cost("synflow")), nullptr);
  const ZeroCost own = make_zero_cost("jaccov:images=own");
  ASSERT_NE(look_of(own), nullptr);
  EXPECT_EQ(*look_of(own), (Look{.batch = 64, .images = "own"}));
}

TEST(ZeroCost, IsToldFromAnEstimator) {
  EXPECT_TRUE(is_zero_cost("snip:parameters=all"));
  EXPECT_TRUE(is_zero_cost("params"));
  EXPECT_FALSE(is_zero_cost("tse-e:epochs=2"));
  EXPECT_FALSE(is_zero_cost("sni"));
}

}  // namespace
}  // namespace tse
