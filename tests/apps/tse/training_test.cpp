// Whole studies through the command line, with real worker processes and real training on small synthetic images.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "apps/tse/program.h"

namespace tse {
namespace {

using testing::HasSubstr;

const std::string kSmall =
    " --space nb201:channels=4,cells=1 --data synthetic:size=8,train_images=256,test_images=64 --batch 32 ";

/// The JSON without what depends on the clock and on names.
Json lasting(Json document) {
  for (const char* key : {"study", "manifest", "images_per_second"}) document.erase(key);
  for (Json& trial : document.at("trials")) {
    trial.erase("seconds");
    trial.erase("images_per_second");
  }
  return document;
}

TEST(Rank, HasTheDocumentedJson) {
  const Program tse;
  const Output output = tse("rank --archs 3 --epochs 2 --valid-every 1 --step-losses --json --study s.tse" + kSmall);
  ASSERT_EQ(output.code, 0) << output.err;
  const Json ranking = output.json();
  for (const char* key : {"study", "space", "data", "split", "seed", "estimator", "trials", "ranking", "correlation"}) {
    EXPECT_TRUE(ranking.contains(key)) << key;
  }
  EXPECT_EQ(ranking.at("estimator"), "tse-ema");
  ASSERT_EQ(ranking.at("trials").size(), 3U);
  for (const Json& trial : ranking.at("trials")) {
    EXPECT_EQ(trial.at("status"), "ok");
    EXPECT_EQ(trial.at("epochs"), 2);
    EXPECT_EQ(trial.at("train_loss").size(), 2U);
    EXPECT_EQ(trial.at("step_loss").size(), 8U);  // half of the 256 images train, 4 steps of 32
    EXPECT_EQ(trial.at("valid_accuracy").size(), 2U);
    EXPECT_EQ(trial.at("images"), 256);
    // scores are negated losses: TSE the sum over epochs, TSE-E the last one
    const double first = trial.at("train_loss").at(0);
    const double second = trial.at("train_loss").at(1);
    EXPECT_DOUBLE_EQ(trial.at("scores").at("tse").get<double>(), -(first + second));
    EXPECT_DOUBLE_EQ(trial.at("scores").at("tse-e").get<double>(), -second);
    EXPECT_DOUBLE_EQ(trial.at("scores").at("tse-ema").get<double>(), -(0.1 * first + 0.9 * second));
  }
  EXPECT_EQ(ranking.at("ranking").size(), 3U);
}

TEST(Rank, RecordsTheInstructionSet) {
  const Program tse;
  const Output output = tse.shell("TSE_CPU_TARGET=baseline " TSE_BIN "/tse rank --archs 1 --epochs 1 --json" + kSmall);
  ASSERT_EQ(output.code, 0) << output.err;
  EXPECT_EQ(output.json().at("manifest").at("instruction_set"), "baseline");
  EXPECT_EQ(tse.shell("TSE_CPU_TARGET=mmx " TSE_BIN "/tse rank --archs 1 --epochs 1" + kSmall).code, 2);
}

TEST(Rank, GivesTheSameNumbersWithAnyNumberOfWorkers) {
  const Program tse;
  const std::string command = "rank --archs 4 --epochs 2 --test-at-end --step-losses --json" + kSmall;
  const Output one = tse(command + "--workers 1 --study one.tse");
  const Output two = tse(command + "--workers 2 --study two.tse");
  ASSERT_EQ(one.code, 0) << one.err;
  ASSERT_EQ(two.code, 0) << two.err;
  EXPECT_EQ(lasting(one.json()), lasting(two.json()));
}

TEST(Rank, CorrelatesWithATruth) {
  const Program tse;
  ASSERT_EQ(tse("rank --archs 6 --epochs 1 --json --study a.tse" + kSmall).code, 0);
  const Json ranking = tse("resume a.tse --json").json();
  std::string table = "arch,accuracy\n";
  int place = 100;
  for (const Json& arch : ranking.at("ranking"))
    table += arch.get<std::string>() + "," + std::to_string(place--) + "\n";
  tse.folder().write("truth.csv", table);
  const Output output = tse("rank --archs 6 --epochs 1 --json --truth truth.csv:accuracy --study b.tse" + kSmall);
  ASSERT_EQ(output.code, 0) << output.err;
  // the truth was made from the ranking itself
  EXPECT_EQ(output.json().at("correlation").at("tse-ema").at("spearman"), 1.0);
  EXPECT_EQ(output.json().at("correlation").at("tse-ema").at("n"), 6);
  EXPECT_TRUE(output.json().at("correlation").contains("params"));
  const Output lower = tse("rank --archs 6 --epochs 1 --json --truth truth.csv:accuracy:lower --study c.tse" + kSmall);
  EXPECT_EQ(lower.json().at("correlation").at("tse-ema").at("spearman"), -1.0);
}

TEST(Rank, TheSameCommandGoesOnAndAnotherIsRefused) {
  const Program tse;
  const std::string command = "rank --epochs 1 --json --study s.tse" + kSmall;
  const Output first = tse(command + "--archs 2");
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(tse(command + "--archs 2").json(), first.json());
  const Output other = tse(command + "--archs 3");
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("s.tse"));
}

TEST(Rank, GoesOnFromAnExportAsIfItHadTrainedAll) {
  const Program tse;
  const std::string command = "rank --epochs 2 --test-at-end --step-losses --json" + kSmall;
  const Output part = tse(command + "--archs 3 --study part.tse");
  ASSERT_EQ(part.code, 0) << part.err;
  ASSERT_EQ(tse("export part.tse --to copy.tse").code, 0);
  const Output whole = tse(command + "--archs 5 --study whole.tse");
  const Output grown = tse(command + "--archs 5 --study grown.tse --reuse copy.tse");
  ASSERT_EQ(grown.code, 0) << grown.err;
  EXPECT_THAT(grown.err, HasSubstr("3 of 5 results are those of copy.tse"));
  EXPECT_EQ(lasting(grown.json()), lasting(whole.json()));
  for (std::size_t trial = 0; trial < 3; ++trial) {
    EXPECT_EQ(grown.json().at("trials").at(trial).at("seconds"), part.json().at("trials").at(trial).at("seconds"));
  }
  EXPECT_EQ(grown.json().at("manifest").at("reused").at(0).at("results"), 3);
  EXPECT_EQ(tse(command + "--archs 5 --study grown.tse --reuse copy.tse").json(), grown.json());

  const Output other = tse(command + "--archs 5 --seed 1 --study other.tse --reuse copy.tse");
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("copy.tse"));
}

TEST(Rank, ReusesNoResultsOfOtherImages) {
  const Program tse;
  for (const char* folder : {"one", "two"}) {
    for (const char* picture :
         {"a/colour.png", "a/grey.png", "a/palette.png", "b/colour.jpg", "b/grey.jpg", "b/bits1.png"}) {
      const auto to = tse.folder().path() / folder / picture;
      std::filesystem::create_directories(to.parent_path());
      std::filesystem::copy_file(std::filesystem::path(TSE_SOURCE) / "tests/data/pictures" / to.filename(), to);
    }
  }
  std::filesystem::rename(tse.folder().path() / "two/a/palette.png", tse.folder().path() / "two/b/palette.png");
  const std::string command = "rank --epochs 1 --batch 1 --space nb201:channels=4,cells=1 --data images:size=8,dir=";
  const Output one = tse(command + "one --archs 1 --study one.tse");
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(tse(command + "one --archs 2 --study again.tse --reuse one.tse").code, 0);
  const Output two = tse(command + "two --archs 2 --study two.tse --reuse one.tse");
  EXPECT_EQ(two.code, 3);
  EXPECT_THAT(two.err, HasSubstr("expected the images that the study began with"));
}

TEST(Rank, EndsWithItsTableWhereATrainingDiverges) {
  const Program tse;
  const Output output = tse("rank --archs 2 --epochs 4 --json --recipe nb201:lr=1000,weight_decay=100" + kSmall);
  ASSERT_EQ(output.code, 0) << output.err;
  int diverged = 0;
  const Json ranking = output.json();
  for (const Json& trial : ranking.at("trials")) {
    if (trial.at("status") != "diverged") continue;
    ++diverged;
    EXPECT_TRUE(trial.at("scores").at("tse").is_null());
  }
  EXPECT_GT(diverged, 0);
}

TEST(Rank, SaysWhichDataItCannotRead) {
  const Program tse;
  tse.folder().write("photos/cat/broken.png", std::string_view("no picture"));
  const Output output =
      tse("rank --archs 1 --study s.tse --data images:dir=photos,size=8 --space nb201:channels=4,cells=1");
  EXPECT_EQ(output.code, 3);
  EXPECT_THAT(output.err, HasSubstr("photos"));
  EXPECT_THAT(tse("status s.tse").err, HasSubstr("there is no such study"));  // the corrected command finds none
}

/// What only whoever reads the images can know is refused before a step, and nothing of it stays.
TEST(Rank, LeavesNothingOfARefusedCommand) {
  const Program tse;
  tse.folder().write("photos/cat/1.png", std::string_view("no picture"));
  tse.folder().write("photos/cat/2.png", std::string_view("no picture"));
  tse.folder().write("photos/dog/3.png", std::string_view("no picture"));
  tse.folder().write("photos/dog/4.png", std::string_view("no picture"));
  const std::string command = "rank --archs 1 --study deep/down/s.tse ";
  const Output images = tse(command + "--data images:dir=photos,size=8 --space nb201:channels=4,cells=1");
  EXPECT_EQ(images.code, 3);
  for (const char* file : {"cat/1.png", "cat/2.png", "dog/3.png", "dog/4.png"})
    EXPECT_THAT(images.err, testing::HasSubstr(file));
  const Output few = tse(command + "--estimator snip:batch=500" + kSmall);
  EXPECT_EQ(few.code, 2);
  EXPECT_THAT(few.err, testing::HasSubstr("[snip:batch=500] expected at least the 500 training images"));
  EXPECT_FALSE(std::filesystem::exists(tse.folder().path() / "deep"));
  const Output files = tse.shell("ulimit -n 6; " TSE_BIN "/tse " + command + kSmall);
  EXPECT_EQ(files.code, 3) << files.err;
  EXPECT_THAT(files.err, testing::HasSubstr("Too many open files"));
  EXPECT_FALSE(std::filesystem::exists(tse.folder().path() / "deep"));
}

/// Too small a stack for libtorch: three crashes of each trial. That is no result.
TEST(Rank, ThatCouldTrainNothingHasFailed) {
  const Program tse;
  const Output output = tse.shell("ulimit -s 64; " TSE_BIN "/tse rank --archs 2 --epochs 1 --study s.tse" + kSmall);
  EXPECT_EQ(output.code, 3) << output.err;
  EXPECT_THAT(output.err, testing::HasSubstr("[s.tse] expected a network that can be trained; all 2 failed"));
  EXPECT_THAT(output.out, testing::HasSubstr("its worker ended 3 times"));
  EXPECT_EQ(tse("resume s.tse").code, 3);
}

/// File names of other times are bytes, not UTF-8.
TEST(Rank, TakesAnyNameOfAFile) {
  const Program tse;
  const Output output = tse("rank --archs 1 --epochs 1 --study '\xe9.tse' --report '\xe9' --json" + kSmall);
  ASSERT_EQ(output.code, 0) << output.err;
  EXPECT_EQ(output.json().at("trials").size(), 1U);
  EXPECT_EQ(tse("resume '\xe9.tse' --json").json().at("trials"), output.json().at("trials"));
}

TEST(Interrupt, EndsInSecondsAndSaysHowToGoOn) {
  const Program tse;
  const std::string command = "rank --archs 2 --epochs 2500 --json --study s.tse" + kSmall;
  const Output stopped = tse.shell("timeout --preserve-status -s INT 2 " TSE_BIN "/tse " + command);
  ASSERT_EQ(stopped.code, 4) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("tse resume s.tse"));
  EXPECT_EQ(stopped.out, "");
  EXPECT_THAT(tse("status s.tse").out, HasSubstr("To go on: tse resume s.tse"));
  EXPECT_EQ(tse("status s.tse --json").json().at("at_work"), false);
  const Output rest = tse("resume s.tse --json");
  ASSERT_EQ(rest.code, 0) << rest.err;
  const Output calm = tse("rank --archs 2 --epochs 2500 --json --study calm.tse" + kSmall);
  EXPECT_EQ(lasting(rest.json()), lasting(calm.json()));
}

TEST(Train, TestsAtTheEndAndReports) {
  const Program tse;
  const Output output = tse(
      "train --arch '|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|' --epochs 3 --json --report page" +
      kSmall);
  ASSERT_EQ(output.code, 0) << output.err;
  const Json result = output.json();
  EXPECT_EQ(result.at("epochs"), 3);
  EXPECT_EQ(result.at("schedule_epochs"), 3);
  EXPECT_GT(result.at("final_test_accuracy").get<double>(), 0);
  EXPECT_TRUE(std::filesystem::exists(tse.folder().path() / "page" / "index.html"));
}

TEST(Status, AndReportReadAFinishedStudy) {
  const Program tse;
  ASSERT_EQ(tse("rank --archs 2 --epochs 1 --study s.tse" + kSmall).code, 0);
  EXPECT_THAT(tse("status s.tse").out, HasSubstr("2"));
  EXPECT_EQ(tse("status s.tse --json").json().at("finished"), 2);
  const Output report = tse("report s.tse --out page");
  EXPECT_EQ(report.code, 0) << report.err;
  EXPECT_TRUE(std::filesystem::exists(tse.folder().path() / "page" / "index.html"));
}

TEST(Training, RefusesMoreWorkersThanFitIntoMemory) {
  const Program tse;
  const Output output = tse("rank --space nb201 --archs 1024 --workers 1024 --data synthetic:size=512 --batch 4096");
  EXPECT_EQ(output.code, 2) << output.out;
  EXPECT_THAT(output.err, testing::HasSubstr("expected at most"));
  EXPECT_THAT(output.err, testing::HasSubstr("are available; got 1024"));
}

}  // namespace
}  // namespace tse
