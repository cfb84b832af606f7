// What `tse bench` prints, on a network that is trained in a moment.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "apps/tse/program.h"

namespace tse {
namespace {

constexpr const char* kSmall = " --space nb201:channels=4,cells=1 --archs 1 --seconds 0.01";

TEST(Bench, TrainsInTurnsAndComparesWithEager) {
  const Program tse;
  const Output output = tse(std::string("bench train --rounds 2 --batch 16 --json") + kSmall);
  ASSERT_EQ(output.code, 0) << output.err;
  const Json result = output.json();
  ASSERT_EQ(result.at("cells").size(), 1);
  const Json& cell = result.at("cells")[0];
  EXPECT_EQ(cell.at("space"), "nb201:channels=4,cells=1");
  const Json& all = cell.at("contestants");
  for (const char* name : {"eager", "channels-last", "channels-last-bf16", "fp32", "bf16"}) {
    EXPECT_EQ(all.at(name).at("rounds").size(), 2) << name;
    EXPECT_GT(all.at(name).at("images_per_second").get<double>(), 0) << name;
    EXPECT_GT(all.at(name).at("peak_memory").get<double>(), 1e7) << name;
  }
  EXPECT_GE(cell.at("tuned").get<double>(), all.at("channels-last").at("images_per_second").get<double>());
  EXPECT_GT(cell.at("roofline_share").get<double>(), 0);
  EXPECT_NEAR(result.at("geomean").at("fp32").get<double>(),
              cell.at("fp32").get<double>() / cell.at("eager").get<double>(), 1e-9);
}

TEST(Bench, LeavesOutWhoDoesNotTakePart) {
  const Program tse;
  const Output output = tse(std::string("bench train --rounds 1 --batch 8 --contestants fp32-threads") + kSmall);
  ASSERT_EQ(output.code, 0) << output.err;
  EXPECT_THAT(output.out, testing::HasSubstr("Geometric means: fp32 - eager"));
  EXPECT_EQ(tse("bench train --contestants jax").code, 2);
  EXPECT_EQ(tse("bench train --rounds 0").code, 2);
}

TEST(Bench, RefusesWhatTheDeviceHasNot) {
  const Program tse;
  const Output here = tse("bench train --contestants recorded");
  EXPECT_EQ(here.code, 2);
  EXPECT_THAT(here.err, testing::HasSubstr("unknown contestant on a CPU 'recorded'"));
  const Output there = tse("bench train --device cuda --contestants fp32-threads");
  EXPECT_EQ(there.code, 2);
  EXPECT_THAT(there.err, testing::HasSubstr("unknown contestant on a GPU 'fp32-threads'"));
  EXPECT_EQ(tse("bench train --device gpu").code, 3);
}

/// What a GPU's bench asks of its contestants, without one: trainings in threads that share a meter.
TEST(Bench, TrainsInLanes) {
  const Program tse;
  const std::string network =
      R"("space": "nb201:channels=4,cells=1", "arch": "|skip_connect~0|+|none~0|nor_conv_1x1~1|+)"
      R"(|none~0|none~1|skip_connect~2|", "batch": 8, "lanes": 3})";
  for (const std::string& contest :
       {R"({"contest": "eager", "variant": "plain", "threads": 1, "device": "cpu", "recorded": true, )" + network,
        R"({"contest": "tse", "kernels": false, "engine": {"precision": "fp32", "path": "auto", "device": "cpu", )"
        R"("threads": 1}, )" +
            network}) {
    const Output output =
        tse.shell("printf '{\"seconds\": 0.05}\\n{\"seconds\": 0.05}\\n' | " TSE_BIN "/tse-bench '" + contest + "'");
    ASSERT_EQ(output.code, 0) << output.err;
    std::istringstream lines(output.out);
    std::vector<Json> answers;
    for (std::string line; std::getline(lines, line);) answers.push_back(Json::parse(line));
    ASSERT_EQ(answers.size(), 3U) << output.out;
    EXPECT_EQ(answers[0], (Json{{"ready", true}}));
    for (const Json& answer : {answers[1], answers[2]}) {
      EXPECT_GE(answer.at("seconds").get<double>(), 0.05);
      EXPECT_EQ(answer.at("images").get<int>() % 8, 0);
      EXPECT_GT(answer.at("images").get<int>(), 0);
    }
  }
}

TEST(Bench, TakesThePanelsNetworksOfASpace) {
  const Program tse;
  const Output output = tse(
      "bench train --panel nds --space vanilla:stem=8 --rounds 1 --batch 2 --seconds 0.01 --contestants fp32 --json");
  ASSERT_EQ(output.code, 0) << output.err;
  ASSERT_EQ(output.json().at("cells").size(), 1U);
  EXPECT_EQ(output.json().at("cells")[0].at("space"), "vanilla:stem=8");
  const Output none = tse("bench train --panel nds --space nb201");
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, testing::HasSubstr("panel nds has networks of"));
  EXPECT_EQ(tse("bench train --panel nb2").code, 2);
}

TEST(Bench, ExpectsTheMemoryThatWorkersTake) {
  const Program tse;
  const Output output =
      tse("bench train --rounds 1 --seconds 0.2 --contestants fp32,bf16 --space nb201 --space nb201:channels=8,cells=1 "
          "--archs 2 --json");
  ASSERT_EQ(output.code, 0) << output.err;
  for (const Json& cell : output.json().at("cells")) {
    for (const char* name : {"fp32", "bf16"}) {
      const Json& standing = cell.at("contestants").at(name);
      const auto expected = standing.at("expected_memory").get<double>();
      EXPECT_LE(standing.at("peak_memory").get<double>(), expected) << name << cell.at("arch");
      EXPECT_GE(standing.at("peak_memory").get<double>(), 0.6 * expected) << name << cell.at("arch");
    }
  }
}

TEST(Bench, MeasuresTheMachine) {
  const Program tse;
  const Output output = tse(std::string("bench machine --json") + kSmall);
  ASSERT_EQ(output.code, 0) << output.err;
  const Json rates = output.json().at("rates");
  EXPECT_GT(rates.at("copy_gbytes_per_second").get<double>(), 0.1);
  for (const Json& entry : rates.at("convolutions")) EXPECT_GT(entry.at("gflops").get<double>(), 0.01) << entry;
}

TEST(Bench, ComparesKernelsWithPlainOps) {
  const Program tse;
  const Output output = tse("bench ops --batch 4 --rounds 3 --seconds 0.001 --json");
  ASSERT_EQ(output.code, 0) << output.err;
  const Json result = output.json();
  EXPECT_EQ(result.at("batch"), 4);
  std::set<std::string> ops;
  for (const Json& op : result.at("ops")) {
    const auto name = op.at("op").get<std::string>() + " on " + op.at("on").get<std::string>();
    EXPECT_TRUE(ops.insert(name).second) << name;
    for (const auto& [side, numbers] : op.at("sides").items()) {
      std::vector<double> rounds = numbers.at("rounds");
      ASSERT_EQ(rounds.size(), 3) << name;
      std::ranges::sort(rounds);
      EXPECT_EQ(numbers.at("microseconds").get<double>(), rounds[1]) << name << ", " << side;
      EXPECT_GT(numbers.at("rate").get<double>(), 0) << name << ", " << side;
    }
    const auto time = [&](const char* side) { return op.at("sides").at(side).at("microseconds").get<double>(); };
    if (!op.at("sides").contains("plain")) continue;
    EXPECT_NEAR(op.at("fp32_to_plain").get<double>(), time("plain") / time("fp32"), 1e-6) << name;
    if (!op.at("sides").contains("bf16")) continue;
    EXPECT_NEAR(op.at("bf16_to_best").get<double>(), std::min(time("plain"), time("channels-last")) / time("bf16"),
                1e-6)
        << name;
  }
  EXPECT_EQ(ops.count("3x3 convolution on 16x32x32"), 1);
  EXPECT_EQ(ops.count("gradient of the sum of 3 batch norms on 64x8x8"), 1);
  EXPECT_EQ(tse("bench ops --batch 0").code, 2);
}

TEST(Bench, PrintsATableOfKernels) {
  const Program tse;
  const Output output = tse("bench ops --batch 1 --rounds 1 --seconds 0");
  ASSERT_EQ(output.code, 0) << output.err;
  EXPECT_THAT(output.out, testing::HasSubstr("of a call over a batch of 1, one thread"));
  EXPECT_THAT(output.out, testing::ContainsRegex("augmentation +1 images +[0-9.]+ +- +- +- +- +- +- +- +[0-9.]+"));
}

TEST(Bench, ComparesPrecisions) {
  const Program tse;
  const Output output =
      tse("bench precision --space nb201:channels=4,cells=1 --archs 4 --steps 3 --batch 16 --data "
          "synthetic:train_images=96,size=8 --json");
  ASSERT_EQ(output.code, 0) << output.err;
  const Json result = output.json();
  ASSERT_EQ(result.at("mean_losses").size(), 4);
  int moved = 0;  // by the noise, which a network of few weights may round away
  for (const Json& entry : result.at("mean_losses")) {
    const auto fp32 = entry.at("fp32").get<double>();
    moved += entry.at("noise").get<double>() != fp32 ? 1 : 0;
    EXPECT_NE(entry.at("bf16").get<double>(), fp32);
    EXPECT_NEAR(entry.at("noise").get<double>(), fp32, 1e-3);
    EXPECT_NEAR(entry.at("bf16").get<double>(), fp32, 0.1);
  }
  EXPECT_GE(moved, 1) << "the noise had no effect";
  EXPECT_EQ(result.at("fp32_to_bf16").at("n"), 4);
  EXPECT_EQ(tse("bench precision --data nowhere").code, 2);
  EXPECT_EQ(tse("bench precision --archs 2 --data cifar10:dir=/nowhere").code, 3);
}

TEST(Bench, ComparesCandidatesOfASuperNetwork) {
  const Program tse;
  const Json result =
      tse("bench oneshot --space nb201:channels=4,cells=1 --archs 1 --batch 8 --rounds 1 --seconds 0.05 --json").json();
  ASSERT_EQ(result.at("candidates").size(), 1U);
  for (const Json& each : result.at("candidates"))
    for (const char* key : {"eager", "train", "validate"}) EXPECT_GT(each.at(key).get<double>(), 0) << key;
  EXPECT_GT(result.at("train_seconds").get<double>(), 0);
  EXPECT_GT(result.at("new_path_share").get<double>(), -1);
}

}  // namespace
}  // namespace tse
