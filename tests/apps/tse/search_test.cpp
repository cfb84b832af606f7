// tse search: live searches with real workers, and searches replayed on recorded studies.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "apps/tse/program.h"
#include "tse/store/open.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kTiny =
    " --space nb201:channels=4,cells=1 --data synthetic:size=8,train_images=128,test_images=64 --batch 32 --seed 3 ";

/// What must not depend on workers, kills or the clock.
Json essence(const Json& search) {
  Json list = Json::array();
  for (const Json& trial : search.at("history")) {
    Json line = trial;
    line.erase("cost_seconds");
    list.push_back(line);
  }
  return list;
}

TEST(Search, IsTheSameForAnyNumberOfWorkers) {
  const Program tse;
  const std::string command =
      "search --algo evolution:population=6,sample=3 --budget 20trials --epochs 2 --json" + kTiny;
  const Json one = tse(command + "--workers 1 --study 1.tse").json();
  ASSERT_EQ(one.at("trials"), 20);
  ASSERT_EQ(one.at("history").size(), 20U);
  EXPECT_EQ(one.at("ended"), "the budget is spent");
  for (const char* workers : {"2", "3"}) {
    const Json other = tse(command + "--workers " + workers + " --study " + workers + ".tse").json();
    EXPECT_EQ(essence(other), essence(one)) << workers;
    EXPECT_EQ(other.at("best").at("arch"), one.at("best").at("arch"));
  }
}

TEST(Search, TrainsTheWinnerAndTheLargest) {
  const Program tse;
  const Json search =
      tse("search --algo random --budget 5trials --epochs 1 --final-epochs 2 --study s.tse --json" + kTiny).json();
  ASSERT_GE(search.at("final").size(), 1U);
  const Json& winner = search.at("final").at(0);
  EXPECT_EQ(winner.at("arch"), search.at("best").at("arch"));
  EXPECT_EQ(winner.at("epochs"), 2);
  EXPECT_EQ(winner.at("test_accuracy"), search.at("best").at("outcome"));
  EXPECT_GT(winner.at("test_accuracy").get<double>(), 0);
  EXPECT_TRUE(std::filesystem::exists(tse.folder().path() / "s.tse.checkpoints" / "trial-5.ckpt"));
  // and shows the same again, with nothing trained
  EXPECT_EQ(tse("resume s.tse --json").json(), search);
  EXPECT_EQ(tse("report s.tse --json").json(), search);
  EXPECT_THAT(tse("status s.tse").out, HasSubstr("Finished"));
}

TEST(Search, KeepsToItsRequirement) {
  const Program tse;
  const Json search =
      tse("search --algo random --budget 6trials --epochs 1 --require 'params<9000 && depth>=7' --json" + kTiny).json();
  for (const Json& trial : search.at("history")) EXPECT_LT(trial.at("params").get<int>(), 9000);
}

TEST(Search, GivesAParetoFront) {
  const Program tse;
  const Json search =
      tse("search --algo nsga2:population=4 --budget 10trials --epochs 1 --objective tse-ema,params --json" + kTiny)
          .json();
  ASSERT_FALSE(search.at("front").empty());
  const auto at = [&](std::size_t trial, const char* name) {
    return search.at("history").at(trial).at("objectives").at(name).get<double>();
  };
  for (const Json& number : search.at("front")) {
    for (std::size_t other = 0; other < 10; ++other) {
      const auto mine = number.get<std::size_t>();
      EXPECT_FALSE(at(other, "tse-ema") > at(mine, "tse-ema") && at(other, "params") < at(mine, "params"));
    }
  }
}

TEST(Search, DrawsByAZeroCostScore) {
  const Program tse;
  const std::string command = "search --algo random --budget 4trials --epochs 1 --json" + kTiny;
  const Json drawn = tse(command + "--draw synflow:of=5").json();
  EXPECT_EQ(essence(tse(command + "--draw synflow:of=5 --workers 2").json()), essence(drawn));
  EXPECT_NE(essence(tse(command).json()), essence(drawn));
}

/// Thousands of scores before the first trial take a while: that is seen, and can be stopped.
TEST(Search, ShowsWhatItDrawsFromAndMayBeStopped) {
  const Program tse;
  const std::string command =
      "search --space darts:channels=4,cells=3 --algo random --budget 1trials --epochs 1 --draw synflow:of=10000 "
      "--study s.tse --data synthetic:size=8,train_images=128,test_images=64";
  const Output stopped = tse.shell("timeout --preserve-status -s INT 12 " TSE_BIN "/tse " + command);
  ASSERT_EQ(stopped.code, 4) << stopped.err;
  EXPECT_THAT(stopped.err, AllOf(HasSubstr("scored to draw from"), HasSubstr("tse resume s.tse")));
  const auto store = open_store(tse.folder().path() / "s.tse", Access::read);
  EXPECT_EQ(store->count(), 0);
}

TEST(Search, RefusesWhatCannotBeBeforeItMakesAStudy) {
  const Program tse;
  const auto refused = [&](const std::string& options, const std::string& words) {
    const Output output = tse("search --study s.tse --epochs 2" + kTiny + options);
    EXPECT_EQ(output.code, 2) << options;
    EXPECT_THAT(output.err, HasSubstr(words)) << options;
    EXPECT_FALSE(std::filesystem::exists(tse.folder().path() / "s.tse")) << options;
  };
  refused("--algo evolutoin", "evolution");
  refused("--budget 10", "200trials");
  refused("--budget 1epochs", "at least the 2 epochs");
  refused("--require 'params<10'", "no network");
  refused("--require 'size<10'", "params");
  refused("--objective valid-accuracy", "--valid-every");
  refused("--objective tse-e:epochs=5", "tse-e:epochs=5");
  refused("--objective tse,params", "nsga2");
  refused("--race 3", "ignores scores");
  refused("--algo random --race 3 --objective params", "--race");
  refused("--algo random --halving 1", "2 and more");
  refused("--draw synflow:of=0", "of");
  refused("--draw beauty", "synflow");
  refused("--compare tse", "--replay");
  refused("--reuse other.tse", "--reuse");
  refused("--algo random --algo local", "--replay");
}

TEST(Search, OfATimeEndsWithinATrial) {
  const Program tse;
  const Json search = tse("search --algo random --budget 3s --epochs 1 --workers 1 --json" + kTiny).json();
  EXPECT_GE(search.at("trials").get<int>(), 1);
  EXPECT_EQ(search.at("ended"), "the budget is spent");
}

TEST(Rank, WithARaceFindsTheSameBest) {
  const Program tse;
  const std::string command = "rank --archs 24 --epochs 4 --estimator tse --json --workers 2" + kTiny;
  const Json calm = tse(command + "--study calm.tse").json();
  const Json raced = tse(command + "--study raced.tse --race 2").json();
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(raced.at("ranking").at(i), calm.at("ranking").at(i));
  EXPECT_THAT(tse("resume raced.tse --retry-failed").err, HasSubstr("depends on it"));
}

class ReplayedSearch : public testing::Test {
 protected:
  /// A study of imported outcomes of all cells.
  bool import_cells(const std::string& column) {
    if (!std::filesystem::exists(TSE_SHARED "/tables/nb201/cells.csv.gz")) return false;
    return tse("import --study cells.tse --outcome " TSE_SHARED "/tables/nb201/cells.csv.gz:" + column).code == 0;
  }

  Program tse;
};

/// 93.974 is exact: the mean of the best of 200 cells drawn without replacement (tables/nb201, by order statistics).
TEST_F(ReplayedSearch, FindsWhatIsKnownOfTheTable) {
  if (!import_cells("c10_test_mean")) GTEST_SKIP() << "no " TSE_SHARED "/tables";
  const Json search =
      tse("search --replay cells.tse --objective outcome --algo local --budget 200trials --repeats 60 --json").json();
  const Json& local = search.at("compare").at(0);
  const Json& random = search.at("compare").at(1);
  EXPECT_EQ(random.at("algo"), "random");
  EXPECT_NEAR(random.at("oracle").get<double>(), 93.974, 4 * random.at("oracle_error").get<double>());
  EXPECT_GT(local.at("incumbent").get<double>(), 94.35);
  EXPECT_EQ(local.at("repeats"), 60);
  EXPECT_EQ(local.at("trials"), 200);
}

TEST_F(ReplayedSearch, ComparesObjectivesAtOneBudget) {
  const std::string study = TSE_SOURCE "/tables/nb201-8x1-cifar10.tse";
  const Json search = tse("search --replay " + study +
                          " --objective tse-ema@10 --compare valid-accuracy@50 --algo evolution:population=10 --budget "
                          "1000epochs --repeats 5 --json")
                          .json();
  ASSERT_EQ(search.at("compare").size(), 4U);
  for (const Json& contender : search.at("compare")) {
    const bool cheap = contender.at("objective") == "tse-ema@10";
    EXPECT_EQ(contender.at("trials").get<double>(), cheap ? 100 : 20);
    EXPECT_EQ(contender.at("epochs"), 1000);
    EXPECT_GE(contender.at("oracle").get<double>(), contender.at("incumbent").get<double>());
    EXPECT_FALSE(contender.at("curve").empty());
  }
  for (const Json& trial : search.at("history")) EXPECT_FALSE(trial.at("outcome").is_null());
}

/// With and without halving, the same draws: so much is saved, and so much lost.
TEST_F(ReplayedSearch, TellsWhatHalvingSavesAndLoses) {
  const std::string study = TSE_SOURCE "/tables/nb201-8x1-cifar10.tse";
  const Json search = tse("search --replay " + study +
                          " --objective tse-ema@10 --algo random --halving 3 --budget 100trials --repeats 20 --json")
                          .json();
  const Json& halved = search.at("compare").at(0);
  const Json& whole = search.at("compare").at(1);
  EXPECT_EQ(halved.at("algo"), "random, halving=3");
  EXPECT_EQ(whole.at("algo"), "random");
  EXPECT_EQ(whole.at("epochs"), 1000);
  EXPECT_LT(halved.at("epochs").get<double>(), 400);
  EXPECT_EQ(halved.at("oracle"), whole.at("oracle"));
  EXPECT_LE(halved.at("incumbent").get<double>(), whole.at("incumbent").get<double>());
  int stopped = 0;
  for (const Json& trial : search.at("history")) stopped += trial.at("status") == "stopped";
  EXPECT_GT(stopped, 60);
}

TEST_F(ReplayedSearch, WritesAPageWhereNoOtherPageIs) {
  const std::string command =
      "search --replay " TSE_SOURCE "/tables/nb201-8x1-cifar10.tse --objective tse-ema@10 --budget 20trials ";
  EXPECT_THAT(tse(command + "--report page").err, HasSubstr("report page/index.html"));
  EXPECT_TRUE(std::filesystem::exists(tse.folder().path() / "page" / "index.html"));
  tse.shell("mkdir other && echo mine > other/index.html");
  const Output refused = tse(command + "--report other");
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("the page there is not of tse"));
  EXPECT_EQ(refused.out, "");
}

TEST_F(ReplayedSearch, RefusesWhatIsNotRecorded) {
  const std::string study = TSE_SOURCE "/tables/nb201-8x1-cifar10.tse";
  const auto refused = [&](const std::string& options, const std::string& words) {
    const Output output = tse("search --replay " + study + " " + options);
    EXPECT_EQ(output.code, 2) << options << output.out;
    EXPECT_THAT(output.err, HasSubstr(words)) << options;
  };
  refused("--objective beauty", "tse-ema");
  refused("--objective tse@0", "after @");
  refused("--objective tse@99 --budget 10trials", "tse@99");
  refused("--data cifar10", "--replay");
  refused("--halving 3 --objective tse@10", "ignores scores");
  refused("--halving 3 --algo random --objective valid_accuracy", "course");
  refused("--halving 3 --algo random --objective tse@10 --first-rung 10", "--first-rung");
  refused("--precision bf16", "trains nothing");
  refused("--space darts2", "nb201");
}

}  // namespace
}  // namespace tse
