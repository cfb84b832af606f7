#include "tse/trial/recipe.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tse/base/error.h"

namespace tse {
namespace {

constexpr int kSteps = 98;  // of an epoch: 25,000 images in batches of 256

TEST(LearningRate, OfNasBench201) {
  // lr = 0.1 (1 + cos(pi (epoch + step/98)/200))/2, evaluated in Python
  const Recipe recipe;
  EXPECT_EQ(learning_rate(recipe, 0, kSteps), 0.1);
  EXPECT_NEAR(learning_rate(recipe, 10 * kSteps + 50, kSteps), 0.09932014638804001, 1e-16);
  EXPECT_NEAR(learning_rate(recipe, 100 * kSteps, kSteps), 0.05, 1e-16);
  EXPECT_NEAR(learning_rate(recipe, 199 * kSteps, kSteps), 6.168375916970615e-06, 1e-19);
  EXPECT_EQ(learning_rate(recipe, 200 * kSteps, kSteps), 0);
  EXPECT_EQ(learning_rate(recipe, 300 * kSteps, kSteps), 0);
}

TEST(LearningRate, CosineToALowerEnd) {
  // Of the released weight-sharing code: 0.025 to 0.001 over 100 epochs, printed to six decimals.
  const Recipe recipe{.lr = 0.025, .schedule_epochs = 100, .lr_min = 0.001};
  const std::pair<int, double> published[] = {{0, 0.025}, {25, 0.021485}, {50, 0.013}, {75, 0.004515}, {99, 0.001006}};
  for (const auto& [epoch, expected] : published)
    EXPECT_NEAR(learning_rate(recipe, static_cast<long long>(epoch) * kSteps, kSteps), expected, 5e-7) << epoch;
}

TEST(LearningRate, ChangesAtEveryStep) {
  const Recipe recipe;
  for (long long step = 1; step < 200 * kSteps; ++step)
    ASSERT_LT(learning_rate(recipe, step, kSteps), learning_rate(recipe, step - 1, kSteps)) << step;
}

TEST(LearningRate, WarmUpRisesToTheStartOfTheSchedule) {
  const Recipe recipe{.lr = 0.4, .schedule_epochs = 10, .warmup_epochs = 2};
  EXPECT_EQ(learning_rate(recipe, 0, 10), 0);
  EXPECT_NEAR(learning_rate(recipe, 5, 10), 0.1, 1e-15);
  EXPECT_NEAR(learning_rate(recipe, 10, 10), 0.2, 1e-15);
  EXPECT_EQ(learning_rate(recipe, 20, 10), 0.4);
  EXPECT_NEAR(learning_rate(recipe, 70, 10), 0.2, 1e-15);  // half of the cosine, which starts after the warm-up
}

TEST(LearningRate, OfNdsIsThatOfTheEpoch) {
  // lr = 0.1 (1 + cos(pi epoch/100))/2 as in pycls, evaluated in Python
  const Recipe recipe = parse_recipe("nds");
  constexpr int kNdsSteps = 391;  // 50,000 images in batches of 128
  EXPECT_EQ(learning_rate(recipe, kNdsSteps - 1, kNdsSteps), 0.1);
  for (const int step : {0, 1, kNdsSteps - 1}) {
    EXPECT_NEAR(learning_rate(recipe, 25LL * kNdsSteps + step, kNdsSteps), 0.08535533905932738, 1e-16);
    EXPECT_NEAR(learning_rate(recipe, 99LL * kNdsSteps + step, kNdsSteps), 2.467198171342e-05, 1e-16);
  }
}

TEST(LearningRate, ConstantStays) {
  const Recipe recipe{.schedule = "constant"};
  for (const long long step : {0LL, 1LL, 98000LL}) EXPECT_EQ(learning_rate(recipe, step, kSteps), 0.1);
}

TEST(LearningRate, StepsDownToATenthTwice) {
  const Recipe recipe = parse_recipe("darts-2d");  // lr 0.1, 150 epochs
  for (const auto& [epoch, expected] :
       {std::pair{0, 0.1}, {74, 0.1}, {75, 0.01}, {112, 0.01}, {113, 0.001}, {149, 0.001}})
    EXPECT_DOUBLE_EQ(learning_rate(recipe, static_cast<long long>(epoch) * kSteps, kSteps), expected) << epoch;
}

TEST(DropPathScale, RisesWithTheEpochsToOne) {
  const Recipe recipe{.schedule_epochs = 600};
  EXPECT_EQ(drop_path_scale(recipe, 0, kSteps), 0);
  EXPECT_EQ(drop_path_scale(recipe, kSteps - 1, kSteps), 0);
  EXPECT_EQ(drop_path_scale(recipe, kSteps, kSteps), 1.0 / 600);
  EXPECT_EQ(drop_path_scale(recipe, 300 * kSteps + 50, kSteps), 0.5);
  EXPECT_EQ(drop_path_scale(recipe, 700 * kSteps, kSteps), 1);
}

TEST(PartsOfStep, AreTheFewestThatFit) {
  for (int images = 1; images <= 70; ++images) {
    EXPECT_EQ(parts_of_step(images, 0), 1);
    for (int most = 1; most <= 70; ++most) {
      int fewest = 1;
      while (fewest * most < images) ++fewest;
      ASSERT_EQ(parts_of_step(images, most), fewest) << images << " by " << most;
      const int at_once = images_at_once({.batch = images, .micro_batch = most});
      EXPECT_LE(at_once, most);
      EXPECT_EQ(at_once, images / fewest + (images % fewest == 0 ? 0 : 1));
    }
  }
}

TEST(Recipes, AreTheDefaultAndItsChanges) {
  EXPECT_EQ(parse_recipe("nb201"), Recipe());
  EXPECT_EQ(parse_recipe("nb201:lr=0.05,batch=128"), (Recipe{.lr = 0.05, .batch = 128}));
  EXPECT_EQ(parse_recipe("nb201-12").schedule_epochs, 12);
  for (const char* text : {"", "nb2", "nb201:lr=-1", "nb201:batch=0", "nb201:schedule=step", "nb201:colour=red"})
    EXPECT_THROW(parse_recipe(text), UsageError) << text;
}

TEST(Recipes, EveryNameParses) {
  for (const RecipeEntry& entry : recipes()) EXPECT_EQ(parse_recipe(entry.name), entry.recipe) << entry.name;
}

}  // namespace
}  // namespace tse
