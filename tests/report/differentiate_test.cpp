#include "tse/report/differentiate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "report/mean_text.h"
#include "sample.h"
#include "tse/base/table.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(Differentiate, SaysWhatWasSearchedAndHowFarItIs) {
  DifferentiateView view = sample::differentiate();
  EXPECT_EQ(differentiate_sentences(view),
            "Differentiable search of nb201:channels=8,cells=1 by 2 methods, 2 seeds of each, 3 epochs on "
            "fashion-mnist:train=600,valid=100 (600 train, 100 valid), seed 3. So far 3 of 4 searches are over.");
  view.methods[1].runs[1].status = TraceStatus::diverged;
  EXPECT_THAT(differentiate_sentences(view), AllOf(HasSubstr(", seed 3. 1 diverged."), Not(HasSubstr("So far"))));
  view.methods[1].runs[0].status = TraceStatus::failed;
  EXPECT_THAT(differentiate_sentences(view), HasSubstr(", seed 3. 1 diverged. 1 failed."));
}

TEST(Differentiate, SumsUpEveryMethodInText) {
  const std::string text = to_text(sample::differentiate(), 0);
  // 93.5 and 92.5, 1 and 2, 0.9 and 1.1; of the other method one seed is not through
  EXPECT_THAT(text, ContainsRegex(R"(method +seeds +test_accuracy +skip connections +entropy)"));
  EXPECT_THAT(text, ContainsRegex(R"(darts-tse:steps=50 +2 of 2 +93\.00 \(0\.71\) +1\.5 \(0\.7\) +1\.00 \(0\.14\))"));
  EXPECT_THAT(text, ContainsRegex(R"(drnas +1 of 2 +94\.00 +0\.0 +1\.40)"));
  EXPECT_THAT(text, HasSubstr("test_accuracy in the table: random (the mean of all) 89.50, the largest network 93.25, "
                              "the best 94.50."));
}

// What a search found before it diverged is what it hands back; one that failed may be tried again.
TEST(Differentiate, CountsWhatDivergedButNotWhatFailed) {
  DifferentiateView view = sample::differentiate();
  view.methods[1].runs[1].status = TraceStatus::diverged;
  view.methods[1].runs[1].reason = "loss not finite at step 7";
  EXPECT_THAT(to_text(view, 0), ContainsRegex(R"(drnas +2 of 2 +91\.00 \(4\.24\) +1\.0 \(1\.4\) +1\.50 \(0\.14\))"));
  EXPECT_THAT(to_text(view, 0), HasSubstr("\ndrnas, seed 1: diverged, loss not finite at step 7\n"));
  view.methods[1].runs[1].status = TraceStatus::failed;
  EXPECT_THAT(to_text(view, 0), ContainsRegex(R"(drnas +1 of 2 +94\.00 +0\.0 +1\.40)"));
}

TEST(Differentiate, ListsEverySearchInText) {
  const DifferentiateView view = sample::differentiate();
  const std::string text = to_text(view, 0);
  const auto line = [&](const std::string& start) {
    const std::size_t at = text.find("\n" + start);
    return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  };
  EXPECT_THAT(line("darts-tse:steps=50     1"), AllOf(HasSubstr("  ok           3  "), HasSubstr("  92.50"),
                                                      HasSubstr(view.methods[0].runs[1].found[2].arch)));
  EXPECT_THAT(line("drnas                  1"), AllOf(HasSubstr("  running      1  "), HasSubstr("  88.00"),
                                                      HasSubstr(view.methods[1].runs[1].found[0].arch)));
}

TEST(Differentiate, FitsATerminal) {
  const std::string text = to_text(sample::differentiate(), 80);
  std::istringstream lines(text.substr(text.find("By each search")));
  int fitting = 0;
  for (std::string line; std::getline(lines, line) && !line.starts_with("To train");) {
    EXPECT_LE(display_width(line), 80) << line;
    fitting += line.find("...") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(fitting, 4);
}

// The first that there is, though another has a better outcome: a search does not know it.
TEST(Differentiate, SaysHowToTrainWhatWasFound) {
  DifferentiateView view = sample::differentiate();
  const auto command = [&](const Found& found) {
    return "tse train --space nb201:channels=8,cells=1 --data fashion-mnist:train=600,valid=100 --arch '" + found.arch +
           "'\n";
  };
  EXPECT_THAT(to_text(view, 80), HasSubstr("To train from scratch what darts-tse:steps=50, seed 0, found: " +
                                           command(view.methods[0].runs[0].found[2])));
  view.methods[0].runs[0].found.clear();
  EXPECT_THAT(to_text(view, 80), HasSubstr("To train from scratch what darts-tse:steps=50, seed 1, found: " +
                                           command(view.methods[0].runs[1].found[2])));
}

TEST(Differentiate, SaysNothingOfOutcomesWithoutATable) {
  DifferentiateView view = sample::differentiate();
  view.outcome.reset();
  for (DifferentiateMethod& method : view.methods)
    for (DifferentiateRun& run : method.runs) run.outcomes.clear();
  const std::string text = to_text(view, 0);
  EXPECT_THAT(text, ContainsRegex(R"(darts-tse:steps=50 +2 of 2 +1\.5 \(0\.7\) +1\.00 \(0\.14\))"));
  EXPECT_THAT(text, Not(HasSubstr("the largest network")));
  EXPECT_THAT(text, Not(HasSubstr("93.")));
  EXPECT_FALSE(to_json(view).contains("outcome"));
  EXPECT_FALSE(to_json(view).contains("references"));
}

TEST(Differentiate, SaysWhatTheTableDoesNotHave) {
  DifferentiateView view = sample::differentiate();
  view.methods[1].runs[0].outcomes[2].reset();
  view.largest = kMissing;
  const std::string text = to_text(view, 0);
  EXPECT_THAT(text, ContainsRegex(R"(drnas +1 of 2 +- +0\.0)"));
  EXPECT_THAT(text, HasSubstr("random (the mean of all) 89.50, the best 94.50."));
  EXPECT_EQ(to_json(view)["references"], Json::parse(R"({"random": 89.5, "largest": null, "best": 94.5})"));
}

TEST(Differentiate, WritesFractionsWithMoreDecimals) {
  DifferentiateView view = sample::differentiate();
  view.random = 0.895;
  view.largest = 0.9325;
  view.best = 0.945;
  EXPECT_THAT(to_text(view, 0), HasSubstr("0.8950, the largest network 0.9325, the best 0.9450."));
}

TEST(Differentiate, HasNothingToSayBeforeTheFirstEpoch) {
  DifferentiateView view = sample::differentiate();
  view.methods[0].runs = {{.number = 0}};
  view.methods[1].runs.clear();
  const std::string text = to_text(view, 80);
  EXPECT_THAT(text, HasSubstr("So far 0 of 4 searches are over."));
  EXPECT_THAT(text, ContainsRegex(R"(darts-tse:steps=50 +0 of 2 +- +- +-)"));
  EXPECT_THAT(text, HasSubstr("\nNothing is found yet.\n"));
}

TEST(Differentiate, HoldsEverythingInJson) {
  const DifferentiateView view = sample::differentiate();
  const Json json = to_json(view);
  EXPECT_EQ(json["study"], "runs/sample.tse");
  EXPECT_EQ(json["space"], "nb201:channels=8,cells=1");
  EXPECT_EQ(json["data"], "fashion-mnist:train=600,valid=100");
  EXPECT_EQ(json["split"], "600 train, 100 valid");
  EXPECT_EQ(json["seed"], 3);
  EXPECT_EQ(json["seeds"], 2);
  EXPECT_EQ(json["epochs"], 3);
  ASSERT_EQ(json["places"].size(), 6U);
  EXPECT_EQ(json["places"][1]["name"], "edge_2_0");
  EXPECT_EQ(json["places"][1]["options"],
            Json({"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"}));
  ASSERT_EQ(json["methods"].size(), 2U);
  EXPECT_EQ(json["methods"][0]["name"], "darts-tse:steps=50");
  EXPECT_EQ(json["methods"][0]["recipe"], "darts");
  const Json run = json["methods"][0]["runs"][1];
  EXPECT_EQ(run["number"], 1);
  EXPECT_EQ(run["seed"], 1);
  EXPECT_EQ(run["status"], "ok");
  EXPECT_EQ(run["reason"], "");
  EXPECT_EQ(run["outcomes"], Json({91.0, nullptr, 92.5}));
  EXPECT_EQ(run["skips"], Json({2, 1, 2}));
  EXPECT_EQ(run["entropies"], Json({1.5, 1.3, 1.1}));
  EXPECT_EQ(run["seconds"], 60);
  ASSERT_EQ(run["found"].size(), 3U);
  EXPECT_EQ(run["found"][1]["epoch"], 2);
  EXPECT_EQ(run["found"][1]["arch"],
            "|nor_conv_1x1~0|+|nor_conv_3x3~0|skip_connect~1|+|nor_conv_3x3~0|avg_pool_3x3~1|nor_conv_3x3~2|");
  EXPECT_EQ(run["found"][1]["shares"].size(), 6U);
  EXPECT_EQ(run["found"][1]["shares"][2], Json({0.125, 0.5, 0.125, 0.125, 0.125}));
  EXPECT_EQ(json["methods"][1]["runs"][1]["status"], "running");
  EXPECT_EQ(json["outcome"],
            Json::parse(R"({"name": "test_accuracy", "run": "trainings from scratch", "lower_is_better": false})"));
  EXPECT_EQ(json["references"], Json::parse(R"({"random": 89.5, "largest": 93.25, "best": 94.5})"));
  EXPECT_EQ(json["manifest"]["version"], "0.1.0");
}

TEST(MeanText, HasTheDeviationOfASample) {
  EXPECT_EQ(mean_text({1, 2, 3}, 2), "2.00 (1.00)");
  EXPECT_EQ(mean_text({1, kMissing, 3}, 1), "2.0 (1.4)");
  EXPECT_EQ(mean_text({1}, 2), "1.00");
  EXPECT_EQ(mean_text({kMissing}, 2), "-");
  EXPECT_EQ(mean_text({}, 2), "-");
}

}  // namespace
}  // namespace tse
