// Zero-cost scores through the command line, with real worker processes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "apps/tse/program.h"
#include "tse/study/runs.h"

namespace tse {
namespace {

using testing::HasSubstr;

const std::string kSmall =
    " --space nb201:channels=4,cells=1 --data synthetic:size=8,train_images=256,test_images=64 --json ";
const std::string kAll =
    " --estimators synflow,snip,snip:parameters=all,images=own,jaccov,jaccov:outputs=1,params,macs ";

const char* const kDisconnected = "|none~0|+|nor_conv_3x3~0|none~1|+|none~0|none~1|none~2|";

/// The JSON without what depends on the clock and on names.
Json lasting(Json document) {
  for (const char* key : {"study", "manifest", "mean_seconds"}) document.erase(key);
  for (Json& trial : document.at("trials")) trial.erase("seconds");
  return document;
}

TEST(Score, HasTheDocumentedJson) {
  const Program tse;
  const Output output = tse("score --archs 3 --study s.tse" + kAll + kSmall);
  ASSERT_EQ(output.code, 0) << output.err;
  const Json json = output.json();
  EXPECT_EQ(json.at("status"), "finished");
  ASSERT_EQ(json.at("trials").size(), 3U);
  for (const Json& trial : json.at("trials")) {
    EXPECT_EQ(trial.at("scores").size(), 7U);
    for (const auto& [name, value] : trial.at("scores").items()) EXPECT_TRUE(value.is_number()) << name;
    EXPECT_EQ(trial.at("scores").at("params"), trial.at("params").get<double>());
    EXPECT_GE(trial.at("scores").at("snip:parameters=all,images=own"), 0);
  }
  EXPECT_EQ(tse("status s.tse --json").json().at("finished"), 3);
  EXPECT_EQ(lasting(tse("report s.tse --json").json()), lasting(json));
  EXPECT_EQ(tse("report s.tse --out page").code, 2);  // of losses there are none to draw
  EXPECT_EQ(tse("resume s.tse --report page").code, 2);

  const Runs runs = read_runs(tse.folder().path() / "s.tse");
  ASSERT_EQ(runs.size(), 3U);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    EXPECT_EQ(json.at("trials").at(i).at("arch"), runs.archs()[i]);
    EXPECT_EQ(runs.columns().at("synflow")[i], json.at("trials").at(i).at("scores").at("synflow").get<double>());
  }
}

TEST(Rank, ByABlendTrainsTheSameAndScoresFirst) {
  const Program tse;
  const std::string command = "rank --archs 4 --epochs 2 --batch 32 --step-losses --test-at-end" + kSmall;
  const Output plain = tse(command);
  const Output blended = tse(command + "--estimator blend --study s.tse");
  const Output scored = tse("score --archs 4 --estimators synflow" + kSmall);
  ASSERT_EQ(blended.code, 0) << blended.err;
  const Json trials = blended.json().at("trials");
  ASSERT_EQ(trials.size(), 4U);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const Json alone = plain.json().at("trials").at(i);
    for (const char* same : {"arch", "step_loss", "test_accuracy"})
      EXPECT_EQ(trials[i].at(same), alone.at(same)) << same;
    EXPECT_EQ(trials[i].at("scores").at("tse-ema"), alone.at("scores").at("tse-ema"));
    EXPECT_TRUE(trials[i].at("scores").at("blend").is_number());
  }
  const Runs runs = read_runs(tse.folder().path() / "s.tse");
  const Json evaluated = tse("evaluate s.tse --estimators blend --epochs 2 --json").json();
  EXPECT_EQ(evaluated.at("rows")[0].at("n"), 4);
  for (std::size_t i = 0; i < runs.size(); ++i)
    EXPECT_EQ(runs.columns().at("synflow")[i], scored.json().at("trials").at(i).at("scores").at("synflow"));
}

TEST(Score, GivesTheSameNumbersWithAnyNumberOfWorkers) {
  const Program tse;
  const Output one = tse("score --archs 6 --workers 1" + kAll + kSmall);
  const Output two = tse("score --archs 6 --workers 2" + kAll + kSmall);
  ASSERT_EQ(one.code, 0) << one.err;
  ASSERT_EQ(two.code, 0) << two.err;
  EXPECT_EQ(lasting(one.json()), lasting(two.json()));
}

TEST(Score, GoesOnAfterAKillWithTheSameTable) {
  const Program tse;
  const std::string command =
      "score --archs 16 --workers 2 --space nb201:channels=8,cells=2 --data "
      "synthetic:size=16,train_images=256,test_images=64 --json" +
      kAll;
  const Output calm = tse(command + "--study calm.tse");
  ASSERT_EQ(calm.code, 0) << calm.err;
  const Output killed = tse.shell(TSE_BIN "/tse " + command +
                                  "--study s.tse & until " TSE_BIN
                                  "/tse status s.tse --json 2>&1 | "
                                  "grep -q '\"finished\": [1-9]'; do sleep 0.02; done; kill -KILL $!; wait $!");
  ASSERT_EQ(killed.code, 137) << killed.err;
  EXPECT_LT(tse("status s.tse --json").json().at("finished"), 16);
  const Output rest = tse("resume s.tse --json");
  ASSERT_EQ(rest.code, 0) << rest.err;
  EXPECT_EQ(lasting(rest.json()), lasting(calm.json()));
  EXPECT_EQ(lasting(tse(command + "--study s.tse").json()), lasting(calm.json()));
}

TEST(Score, ADisconnectedCellIsScoredWithItsReason) {
  const Program tse;
  tse.folder().write("cells.txt", std::string(kDisconnected) + "\n");
  const Output output = tse("score --archs cells.txt --estimators jaccov,synflow" + kSmall);
  ASSERT_EQ(output.code, 0) << output.err;
  const Json trial = output.json().at("trials").at(0);
  EXPECT_EQ(trial.at("status"), "ok");
  EXPECT_EQ(trial.at("connected"), false);
  EXPECT_EQ(trial.at("scores").at("jaccov"), kFailedScore);
  EXPECT_THAT(trial.at("failed").at("jaccov").get<std::string>(), HasSubstr("do not depend on"));
  EXPECT_EQ(trial.at("scores").at("synflow"), 0.0);
}

TEST(Score, CorrelatesWithATruth) {
  const Program tse;
  const Json scores = tse("score --archs 6 --estimators synflow,jaccov" + kSmall).json();
  std::string table = "arch,accuracy\n";
  int place = 100;
  for (const Json& arch : scores.at("ranking")) table += arch.get<std::string>() + "," + std::to_string(place--) + "\n";
  tse.folder().write("truth.csv", table);
  const Output output = tse("score --archs 6 --estimators synflow,jaccov --truth truth.csv:accuracy" + kSmall);
  ASSERT_EQ(output.code, 0) << output.err;
  EXPECT_EQ(output.json().at("correlation").at("synflow").at("spearman"), 1.0);
  EXPECT_EQ(output.json().at("correlation").at("jaccov").at("n"), 6);
  EXPECT_TRUE(output.json().at("correlation").contains("params"));
}

TEST(Score, TheSameCommandGoesOnAndAnotherIsRefused) {
  const Program tse;
  const std::string command = "score --archs 2 --study s.tse" + kSmall;
  ASSERT_EQ(tse(command + "--estimators synflow,snip").code, 0);
  EXPECT_EQ(tse(command + "--estimators synflow,snip:batch=64 --batch 32").code, 0);  // says the same
  for (const char* other :
       {"--estimators snip,synflow", "--estimators synflow,snip --batch 32", "--estimators synflow,snip --seed 1"})
    EXPECT_EQ(tse(command + other).code, 2) << other;
  EXPECT_EQ(tse("rank --archs 2 --epochs 1 --study s.tse" + kSmall).code, 2);
}

TEST(Score, RefusesWhatItCannotDo) {
  const Program tse;
  for (const char* wrong : {"--estimators tse-ema", "--estimators snip,snip", "--estimators ''", "--batch 0"}) {
    const Output output = tse("score --archs 1 " + std::string(wrong) + kSmall);
    EXPECT_EQ(output.code, 2) << wrong << output.err;
  }
  const Output few = tse("score --archs 1 --batch 200" + kSmall);
  EXPECT_EQ(few.code, 2);
  EXPECT_THAT(few.err, HasSubstr("at least the 200 training images that it looks at (its option batch); there are"));
}

}  // namespace
}  // namespace tse
