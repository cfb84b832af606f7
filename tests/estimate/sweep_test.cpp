#include "tse/estimate/sweep.h"

#include <gtest/gtest.h>

#include "tse/base/error.h"
#include "tse/estimate/estimator.h"

namespace tse {
namespace {

using List = std::vector<std::string>;

TEST(Sweep, ACommaSeparatesEstimatorsAndOptions) {
  EXPECT_EQ(expand_estimators("tse"), (List{"tse"}));
  EXPECT_EQ(expand_estimators("tse,tse-e:epochs=3,mean=steps,params"),
            (List{"tse", "tse-e:epochs=3,mean=steps", "params"}));
  EXPECT_EQ(expand_estimators("tse-e:epochs=1,tse-e:epochs=2"), (List{"tse-e:epochs=1", "tse-e:epochs=2"}));
}

TEST(Sweep, ValuesAreLists) {
  EXPECT_EQ(expand_estimators("tse-ema:mu=0.9+0.99,tse"), (List{"tse-ema:mu=0.9", "tse-ema:mu=0.99", "tse"}));
  EXPECT_EQ(expand_estimators("tse-e:epochs=2..4"), (List{"tse-e:epochs=2", "tse-e:epochs=3", "tse-e:epochs=4"}));
  const List paper = expand_estimators("tse-e:epochs=1+10..70/10");  // the windows of Fig. 10
  ASSERT_EQ(paper.size(), 8U);
  EXPECT_EQ(paper.front(), "tse-e:epochs=1");
  EXPECT_EQ(paper[1], "tse-e:epochs=10");
  EXPECT_EQ(paper.back(), "tse-e:epochs=70");
  for (const std::string& name : paper) EXPECT_NO_THROW(make_estimator(name));
}

TEST(Sweep, SeveralGiveEveryCombination) {
  EXPECT_EQ(expand_estimators("tse-e:epochs=1+2,mean=steps+images"),
            (List{"tse-e:epochs=1,mean=steps", "tse-e:epochs=1,mean=images", "tse-e:epochs=2,mean=steps",
                  "tse-e:epochs=2,mean=images"}));
}

TEST(Sweep, RefusesWhatIsNoRange) {
  for (const char* text : {"tse-e:epochs=4..2", "tse-e:epochs=1..", "tse-e:epochs=..3", "tse-e:epochs=0.1..0.5",
                           "tse-e:epochs=1..9/0", "tse-e:epochs=1..1000000", "", "tse-e:=3"})
    EXPECT_THROW(expand_estimators(text), UsageError) << text;
}

TEST(Sweep, AColumnMayBeLower) {
  EXPECT_EQ(expand_estimators("tse,test_loss:lower,params"),
            (std::vector<std::string>{"tse", "test_loss:lower", "params"}));
}

TEST(Sweep, IsLimitedInAll) {
  EXPECT_EQ(expand_estimators("tse-e:epochs=1..100,mean=images+steps").size(), 200U);
  EXPECT_THROW(expand_estimators("tse-e:epochs=1..6000,tse-e:steps=1..6000"), UsageError);
  EXPECT_THROW(expand_estimators("tse-e:epochs=1..200,steps=1..200"), UsageError);
}

}  // namespace
}  // namespace tse
