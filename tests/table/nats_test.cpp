#include "tse/table/nats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/random.h"
#include "tse/table/nats_cell.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kTiny = TSE_SOURCE "/tests/table/nats_tiny";  // made by tests/base/make_pickles.py
const fs::path kReal = TSE_SHARED "/tables/nats_bench_files/NATS-tss-v1_0-3ffb9-simple";
const fs::path kRealSizes = TSE_SHARED "/tables/nats_bench_files/NATS-sss-v1_0-50262-simple";

Json json_of(const fs::path& file) {
  std::ifstream stream(file);
  return Json::parse(stream);
}

Bytes unpacked(const fs::path& file) { return unpack(read_file(file, 1U << 24U), Packing::bzip2, "file", 1U << 24U); }

NatsCell cell_of(const fs::path& file) { return read_nats_cell(Pickle::parse(unpacked(file), file.filename())); }

/// The runs of all cells of a folder, `HP DATASET SEED of INDEX`.
std::map<std::string, NatsRun> runs_of(const fs::path& folder, const std::vector<int>& cells) {
  std::map<std::string, NatsRun> runs;
  for (const int index : cells) {
    NatsCell cell = cell_of(folder / fmt::format("{:06}.pickle.pbz2", index));
    EXPECT_EQ(cell.index, index);
    for (NatsRun& run : cell.runs)
      runs.emplace(fmt::format("{} {} {} of {}", run.hp, run.dataset, run.seed, index), std::move(run));
  }
  return runs;
}

/// Equal where recorded in both, recorded in the same places. `error` is the rounding of the expected numbers.
void expect_curve(const std::vector<double>& got, const Json& wanted, double error, const std::string& what) {
  ASSERT_EQ(got.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(std::isnan(got[i]), wanted[i].is_null()) << what << ", epoch " << i + 1;
    if (!wanted[i].is_null()) {
      ASSERT_NEAR(got[i], wanted[i].get<double>(), error) << what << ", epoch " << i + 1;
    }
  }
}

NatsRequest request(const char* dataset, const char* hp, const char* run, const char* test_split = "") {
  return {.dataset = dataset, .hp = hp, .run = run, .valid_split = {}, .test_split = test_split, .outcome = {}};
}

std::string refusal(const NatsRequest& asked) {
  return message_of<UsageError>([&] { read_nats(kTiny, asked); });
}

TEST(NatsCellTest, ReadsWhatPythonWrote) {
  const auto runs = runs_of(kTiny, {0, 3, 5});
  const Json all = json_of(kTiny / "expected_cells.json");
  ASSERT_EQ(all.size(), 48U);
  EXPECT_EQ(runs.size(), all.size());
  for (const Json& wanted : all) {
    const std::string name =
        fmt::format("{} {} {} of {}", wanted["hp"].get<std::string>(), wanted["dataset"].get<std::string>(),
                    wanted["seed"].get<int>(), wanted["index"].get<int>());
    ASSERT_TRUE(runs.contains(name)) << name;
    const NatsRun& run = runs.at(name);
    EXPECT_EQ(run.epochs, wanted["epochs"]) << name;
    EXPECT_EQ(run.params, wanted["params"]) << name;
    EXPECT_EQ(run.macs, wanted["macs"]) << name;
    EXPECT_EQ(run.train_seconds, wanted["train_seconds"]) << name;
    expect_curve({run.latency_seconds}, Json::array({wanted["latency_seconds"]}), 0, name + " latency");
    expect_curve(run.train.loss, wanted["train_loss"], 0, name + " train_loss");
    expect_curve(run.train.accuracy, wanted["train_accuracy"], 0, name + " train_accuracy");
    EXPECT_EQ(run.splits.size(), wanted["splits"].size()) << name;
    for (const auto& [split, both] : wanted["splits"].items()) {
      expect_curve(run.splits.at(split).loss, both["loss"], 0, name + " " + split);
      expect_curve(run.splits.at(split).accuracy, both["accuracy"], 0, name + " " + split);
    }
  }
}

/// Every curve of the three cells whose curves were published apart: losses with six decimals, accuracies with four.
TEST(NatsCellTest, EqualsThePublishedCurves) {
  const fs::path file = TSE_SHARED "/tables/nb201/nats_3_cells_curves.json";
  if (!fs::exists(file) || !fs::exists(kReal)) GTEST_SKIP() << "no " << file;
  constexpr double kLossRounding = 0.51e-6;
  constexpr double kAccuracyRounding = 0.51e-4;
  const auto runs = runs_of(kReal, {0, 11, 284});
  std::size_t seen = 0;
  const Json all = json_of(file);
  for (const auto& [arch, list] : all.items()) {
    for (const Json& wanted : list) {
      const int index = wanted["index"];
      const int seed = wanted["seed"];
      const int epochs = wanted["epochs"];
      const std::string name = fmt::format("{} {} {} of {}", epochs, wanted["dataset"].get<std::string>(), seed, index);
      ASSERT_TRUE(runs.contains(name)) << name;
      const NatsRun& run = runs.at(name);
      ++seen;
      EXPECT_EQ(run.epochs, epochs);
      EXPECT_NEAR(run.params, wanted["params_M"].get<double>() * 1e6, 0.5) << name;
      EXPECT_NEAR(run.macs, wanted["flops_M"].get<double>() * 1e6, 0.5) << name;
      EXPECT_NEAR(run.train_seconds / epochs, wanted["train_time_per_epoch_s"].get<double>(), 1e-9) << name;
      EXPECT_NEAR(run.latency_seconds, wanted["latency_s"][0].get<double>(), 1e-12) << name;
      expect_curve(run.train.loss, wanted["train_loss"], kLossRounding, name + " train_loss");
      expect_curve(run.train.accuracy, wanted["train_acc1"], kAccuracyRounding, name + " train_acc1");
      for (const auto& [split, accuracy] : wanted["eval_acc1"].items()) {
        const std::vector<double>& got = run.splits.at(split).accuracy;
        // the list has what was recorded: all epochs or the last alone
        const std::vector<double> tail(got.end() - static_cast<std::ptrdiff_t>(accuracy.size()), got.end());
        expect_curve(tail, accuracy, kAccuracyRounding, name + " " + split);
        EXPECT_EQ(std::ranges::count_if(got, [](double value) { return !std::isnan(value); }), accuracy.size());
      }
    }
  }
  EXPECT_EQ(seen, runs.size());
}

TEST(NatsCellTest, TheSizeSpaceIsReadToo) {
  if (!fs::exists(kRealSizes)) GTEST_SKIP() << "no " << kRealSizes;
  const CurveTable table = read_nats(kRealSizes, request("cifar10-valid", "90", "777"));
  EXPECT_THAT(table.archs, ElementsAre("8:8:8:8:8", "8:8:8:16:32", "8:8:40:32:40"));
  EXPECT_EQ(table.epochs, 90);
  EXPECT_EQ(table.source["space"], "size");
  EXPECT_EQ(table.source["cells_of_the_space"], 32768);
  EXPECT_EQ(read_nats(kRealSizes, request("cifar10", "01", "777")).epochs, 1);
}

/// Parameters and multiply-adds of real files of the size space, in millions, as they were published apart: with six
/// decimals and with five.
TEST(NatsCellTest, TheSizesHaveThePublishedParametersAndMacs) {
  const fs::path file = TSE_SHARED "/tables/reference_vectors.json";
  if (!fs::exists(file) || !fs::exists(kRealSizes)) GTEST_SKIP() << "no " << file;
  const Json expected = json_of(file).at("nats_sss");
  struct Case {
    const char* dataset;
    const char* classes;
    const char* test_split;
  };
  for (const Case& one :
       {Case{"cifar10", "10", ""}, Case{"cifar100", "100", "x-test"}, Case{"ImageNet16-120", "120", "x-test"}}) {
    const CurveTable table = read_nats(kRealSizes, request(one.dataset, "90", "777", one.test_split));
    ASSERT_EQ(table.rows(), 3U);
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const Json& size = expected.at(table.archs[row]);
      EXPECT_NEAR(table.columns.at("params")[row], size.at("params_M").at(one.classes).get<double>() * 1e6, 0.5);
      EXPECT_NEAR(table.columns.at("macs")[row], size.at("macs_M").at(one.dataset).get<double>() * 1e6, 5.01);
    }
  }
}

/// Real files with bits flipped: they are read or refused.
TEST(NatsCellTest, DamageIsRefusedOrHarmless) {
  for (const fs::path& file : {kTiny / "000000.pickle.pbz2", kReal / "000011.pickle.pbz2"}) {
    if (!fs::exists(file)) continue;
    const Bytes whole = unpacked(file);
    int refused = 0;
    for (std::uint64_t number = 0; number < 200; ++number) {
      Stream stream(number);
      Bytes damaged = whole;
      damaged[stream.below(damaged.size())] ^= static_cast<std::uint8_t>(1U << stream.below(8));
      try {
        read_nats_cell(Pickle::parse(std::move(damaged), "file"));
      } catch (const DataError& error) {
        EXPECT_THAT(error.what(), HasSubstr("[file: byte "));
        ++refused;
      }
    }
    EXPECT_GT(refused, 20);
  }
}

TEST(Nats, MakesATableOfOneSeed) {
  const CurveTable table = read_nats(kTiny, request("cifar10-valid", "200", "888"), {.threads = 2, .progress = {}});
  const auto runs = runs_of(kTiny, {0, 5});
  ASSERT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.epochs, 5);
  EXPECT_EQ(table.archs[1], "|nor_conv_1x1~0|+|none~0|none~1|+|none~0|skip_connect~1|nor_conv_1x1~2|");
  const NatsRun& run = runs.at("200 cifar10-valid 888 of 5");
  const auto curve = [&](Metric metric) {
    const auto span = table.curve(metric, 1);
    return std::vector<double>(span.begin(), span.end());
  };
  EXPECT_EQ(curve(Metric::train_loss), run.train.loss);
  EXPECT_EQ(curve(Metric::train_accuracy), run.train.accuracy);
  EXPECT_EQ(curve(Metric::valid_loss), run.splits.at("x-valid").loss);
  EXPECT_EQ(curve(Metric::valid_accuracy), run.splits.at("x-valid").accuracy);
  EXPECT_EQ(curve(Metric::test_accuracy).back(), run.splits.at("ori-test").accuracy.back());
  EXPECT_TRUE(std::isnan(curve(Metric::test_loss).front()));
  EXPECT_EQ(table.columns.at("index")[1], 5);
  EXPECT_EQ(table.columns.at("params")[1], run.params);
  EXPECT_EQ(table.columns.at("macs")[1], run.macs);
  EXPECT_EQ(table.columns.at("x-valid_accuracy")[1], run.splits.at("x-valid").accuracy.back());
  EXPECT_EQ(table.columns.at("train_loss")[1], run.train.loss.back());
  EXPECT_FALSE(table.columns.contains("x-test_accuracy"));
  EXPECT_EQ(table.outcome, "ori-test_accuracy");
  EXPECT_FALSE(table.outcome_lower);
}

TEST(Nats, TheSourceNamesEverySplitAndSeed) {
  const Json source = read_nats(kTiny, request("cifar100", "200", "888", "x-test")).source;
  EXPECT_EQ(source["dataset"], "cifar100");
  EXPECT_EQ(source["hp"], "200");
  EXPECT_EQ(source["run"], "888");
  EXPECT_EQ(source["without_run"], 1);
  EXPECT_EQ(source["seeds"], Json({{"777", 2}, {"888", 2}, {"999", 2}}));
  EXPECT_EQ(source["curves"]["train_loss"]["split"], "train");
  EXPECT_EQ(source["curves"]["valid_accuracy"]["split"], "x-valid");
  EXPECT_EQ(source["curves"]["test_accuracy"]["split"], "x-test");
  EXPECT_EQ(source["cells"], 3);
  EXPECT_EQ(source["cells_of_the_space"], 8);
  EXPECT_EQ(source["folder"], "nats_tiny");
}

TEST(Nats, AveragesWhenAsked) {
  const CurveTable table = read_nats(kTiny, request("cifar10", "12", "mean"));
  const auto runs = runs_of(kTiny, {0, 3, 5});
  ASSERT_EQ(table.rows(), 3U);
  EXPECT_EQ(table.columns.at("runs"), (std::vector<double>{3, 1, 2}));
  EXPECT_FALSE(table.curves.contains(Metric::valid_loss));
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    double sum = 0;
    for (const int seed : {777, 888, 999}) {
      sum += runs.at(fmt::format("12 cifar10 {} of 0", seed)).splits.at("ori-test").accuracy[epoch];
    }
    EXPECT_DOUBLE_EQ(table.curve(Metric::test_accuracy, 0)[epoch], sum / 3);
  }
}

TEST(Nats, RefusesWhatIsAmbiguousWithTheChoices) {
  EXPECT_THAT(refusal(request("", "200", "777")), HasSubstr("one of cifar10-valid, cifar10, cifar100, ImageNet16-120"));
  EXPECT_THAT(refusal(request("cifar", "200", "777")), HasSubstr("got 'cifar'"));
  EXPECT_THAT(refusal(request("cifar10", "", "777")), HasSubstr("one of 12, 200; got none"));
  EXPECT_THAT(refusal(request("cifar10", "90", "777")), HasSubstr("one of 12, 200; got '90'"));
  EXPECT_THAT(refusal(request("cifar10", "200", "")), HasSubstr("one of 777, 888, 999, mean; got none"));
  EXPECT_THAT(refusal(request("cifar10", "200", "any")), HasSubstr("one of 777, 888, 999, mean; got 'any'"));
  EXPECT_THAT(refusal(request("cifar10", "200", "111")), HasSubstr("one of 777, 888, 999; got 111"));
  for (const char* dataset : {"cifar100", "ImageNet16-120"}) {
    EXPECT_THAT(refusal(request(dataset, "200", "777")),
                AllOf(HasSubstr("test_ metrics"), HasSubstr("ori-test, x-test; got none")));
  }
  EXPECT_THAT(refusal(request("cifar10", "200", "777", "x-test")), HasSubstr("one of ori-test; got 'x-test'"));
  NatsRequest asked = request("cifar10", "200", "777");
  asked.valid_split = "x-valid";
  EXPECT_THAT(refusal(asked), HasSubstr("valid_ metrics, one of ori-test"));
  asked.valid_split = "";
  asked.outcome = "accuracy";
  EXPECT_THAT(refusal(asked), HasSubstr("ori-test_accuracy"));
}

TEST(Nats, TheOutcomeMayBeAnyColumn) {
  NatsRequest asked = request("cifar10", "200", "mean");
  asked.outcome = "ori-test_loss";
  EXPECT_TRUE(read_nats(kTiny, asked).outcome_lower);
  asked.outcome = "params:lower";
  const CurveTable table = read_nats(kTiny, asked);
  EXPECT_EQ(table.outcome, "params");
  EXPECT_TRUE(table.outcome_lower);
}

TEST(Nats, NamesTheFileThatIsBad) {
  const TempFolder folder;
  EXPECT_THAT(message_of<DataError>([&] { read_nats(folder.path(), request("cifar10", "12", "mean")); }),
              HasSubstr("000000.pickle.pbz2"));
  EXPECT_THROW(read_nats(folder.path() / "nowhere", request("cifar10", "12", "mean")), DataError);
  fs::copy_file(kTiny / "000000.pickle.pbz2", folder.path() / "000000.pickle.pbz2");
  fs::copy_file(kTiny / "000000.pickle.pbz2", folder.path() / "000001.pickle.pbz2");
  EXPECT_THAT(message_of<DataError>([&] { read_nats(folder.path(), request("cifar10", "12", "mean")); }),
              HasSubstr("each architecture once"));
  fs::resize_file(folder.path() / "000001.pickle.pbz2", 2000);
  EXPECT_THAT(message_of<DataError>([&] { read_nats(folder.path(), request("cifar10", "12", "mean")); }),
              HasSubstr("000001.pickle.pbz2] expected whole bzip2 data"));
}

}  // namespace
}  // namespace tse
