#include "tse/trial/relaxation.h"

#include <gtest/gtest.h>

#include "tse/base/error.h"
#include "tse/trial/recipe.h"

namespace tse {
namespace {

TEST(Relaxations, AreTheirDefaultsAndChanges) {
  EXPECT_EQ(parse_relaxation("darts"), Relaxation());
  EXPECT_TRUE(parse_relaxation("darts-tse").speed);
  EXPECT_EQ(parse_relaxation("darts-tse:steps=7,mode=inline").steps, 7);
  EXPECT_EQ(parse_relaxation("drnas").kept, 3);
  EXPECT_EQ(relaxation_spec("darts-tse:steps=100,mode=inline"), "darts-tse:mode=inline");
  EXPECT_EQ(relaxation_spec("drnas:part=4"), "drnas");
  for (const RelaxationEntry& entry : relaxations()) {
    EXPECT_EQ(relaxation_spec(entry.name), entry.name);
    EXPECT_GT(parse_recipe(entry.recipe).batch, 0);
  }
}

TEST(Relaxations, RefuseWhatTheyHaveNot) {
  for (const char* text : {"", "dart", "darts:steps=5", "darts-tse:steps=0", "darts-tse:order=2",
                           "drnas:regulariser=l1", "darts:order=3", "drnas:kept=-1"})
    EXPECT_THROW((void)parse_relaxation(text), UsageError) << text;
}

TEST(Mixtures, NarrowAndWiden) {
  EXPECT_EQ(mixture_of(parse_relaxation("darts"), false), (Mixture{.norms = Norms::batch}));
  EXPECT_EQ(mixture_of(parse_relaxation("drnas"), false), (Mixture{.norms = Norms::running, .part = 4}));
  EXPECT_EQ(mixture_of(parse_relaxation("drnas"), true, {{1}}),
            (Mixture{.norms = Norms::running, .part = 2, .kept = {{1}}}));
  EXPECT_EQ(mixture_of(parse_relaxation("drnas:part=1"), true).part, 1);
}

}  // namespace
}  // namespace tse
