#include "tse/table/nds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "support/expect_error.h"
#include "tse/base/error.h"
#include "tse/base/missing.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kTinyNds = TSE_SOURCE "/tests/table/nds_tiny";  // made by tests/table/make_nds.py

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

class NdsFile : public testing::TestWithParam<std::string> {};

TEST_P(NdsFile, IsReadAsPythonReadsIt) {
  const Json wanted = Json::parse(text_of(kTinyNds / "expected.json")).at(GetParam());
  const CurveTable table = read_nds(kTinyNds / (GetParam() + ".json"));
  EXPECT_EQ(table.archs, wanted.at("archs").get<std::vector<std::string>>());
  EXPECT_EQ(table.columns.size(), wanted.at("columns").size());
  for (const auto& [name, values] : wanted.at("columns").items())
    EXPECT_EQ(table.columns.at(name), values.get<std::vector<double>>()) << name;
  EXPECT_EQ(table.curves.size(), 3U);
  for (const auto& [name, rows] : wanted.at("curves").items()) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const std::span<const double> got = table.curve(parse_metric(name, "test"), row);
      for (std::size_t t = 0; t < got.size(); ++t) {
        if (t >= rows[row].size()) {
          EXPECT_TRUE(std::isnan(got[t])) << name << ' ' << row << ' ' << t;
        } else if (rows[row][t].is_string()) {
          EXPECT_TRUE(std::isinf(got[t])) << name << ' ' << row << ' ' << t;
        } else {
          EXPECT_EQ(got[t], rows[row][t].get<double>()) << name << ' ' << row << ' ' << t;
        }
      }
    }
  }
  EXPECT_EQ(table.source.at("repeated"), wanted.at("repeated"));
  EXPECT_EQ(table.source.at("file"), GetParam() + ".json");
  EXPECT_EQ(table.outcome, "test_error");
  EXPECT_TRUE(table.outcome_lower);
}

std::string letters_of(const testing::TestParamInfo<std::string>& file) {
  std::string name = file.param;
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, NdsFile, testing::Values("Vanilla", "ResNet", "ResNeXt-A", "ResNeXt-B"), letters_of);

TEST(Nds, NamesTheSpaceThatKnowsMost) {
  const auto space = [](const char* file) {
    const Json source = read_nds(kTinyNds / file).source;
    return source.at("space").get<std::string>() + ' ' + source.at("outside_space").dump();
  };
  EXPECT_EQ(space("Vanilla.json"), "vanilla 0");
  EXPECT_EQ(space("ResNet.json"), "resnet 1");  // d6w20-d6w40-d6w80 is none of it
  EXPECT_EQ(space("ResNeXt-A.json"), "resnext-a 0");
  EXPECT_EQ(space("ResNeXt-B.json"), "resnext-b 0");
}

TEST(Nds, RanksAgainstTheColumnThatIsAskedFor) {
  const CurveTable table = read_nds(kTinyNds / "ResNet.json", "params");
  EXPECT_EQ(table.outcome, "params");
  EXPECT_FALSE(table.outcome_lower);
  EXPECT_THAT(message_of<UsageError>([] { (void)read_nds(kTinyNds / "ResNet.json", "accuracy"); }),
              HasSubstr("min_test_error"));
}

constexpr const char* kGood =
    R"([{"net": {"block_type": "res_basic_block", "ds": [1, 1, 1], "ws": [16, 16, 16]},
         "train_ep_loss": [2, NaN, null, Infinity], "train_ep_top1": [50], "test_ep_top1": [60, 40.5],
         "other": {"nested": [NaN, "a \" NaN"]}}])";

TEST(Nds, ReadsTheLeastThatATrainingHas) {
  const CurveTable table = parse_nds(kGood, "file");
  EXPECT_THAT(table.archs, ElementsAre("d1w16-d1w16-d1w16"));
  ASSERT_EQ(table.epochs, 4);
  const std::vector<double>& loss = table.curves.at(Metric::train_loss);
  EXPECT_EQ(loss[0], 2);
  EXPECT_TRUE(std::isinf(loss[1]));
  EXPECT_TRUE(std::isnan(loss[2]));
  EXPECT_TRUE(std::isinf(loss[3]));
  EXPECT_EQ(table.columns.size(), 1U);
  EXPECT_EQ(table.columns.at("test_error")[0], 40.5);
}

TEST(Nds, SaysWhatIsWrongWithAFile) {
  const auto with = [](const std::string& from, const std::string& to) {
    std::string text = kGood;
    text.replace(text.find(from), from.size(), to);
    return message_of<DataError>([&] { (void)parse_nds(text, "file"); });
  };
  const auto message = [](const std::string& text) {
    return message_of<DataError>([&] { (void)parse_nds(text, "file"); });
  };
  EXPECT_THAT(message(""), HasSubstr("[file] expected JSON"));
  EXPECT_THAT(message("[]"), HasSubstr("it is empty"));
  EXPECT_THAT(message("{}"), HasSubstr("a list of trainings"));
  EXPECT_THAT(message("7"), HasSubstr("a list of trainings"));
  EXPECT_THAT(message("[7]"), HasSubstr("expected training 1 to be an object"));
  EXPECT_THAT(message("[[]]"), HasSubstr("expected training 1 to be an object"));
  EXPECT_THAT(message(std::string(100, '[')), HasSubstr("to be an object"));
  EXPECT_THAT(message(R"([{"net": )" + std::string(100, '[')), HasSubstr("levels"));
  EXPECT_THAT(message(R"([{"net": {"genotype": {}}}])"), HasSubstr("one of cells"));
  EXPECT_THAT(with("\"net\"", "\"nets\""), HasSubstr("[file, training 1] expected a member 'net'"));
  EXPECT_THAT(with("res_basic_block", "res_bottleneck_block"), HasSubstr("'num_gs'"));
  EXPECT_THAT(with("res_basic_block", "mbconv"), HasSubstr("got 'mbconv'"));
  EXPECT_THAT(with("[1, 1, 1]", "[1, 1]"), HasSubstr("expected 'ds' of three stages"));
  EXPECT_THAT(with("[1, 1, 1]", "[1, 0, 1]"), HasSubstr("got 0"));
  EXPECT_THAT(with("[1, 1, 1]", "[1, 1.5, 1]"), HasSubstr("got 1.5"));
  EXPECT_THAT(with("[1, 1, 1]", "[1, 1e99, 1]"), HasSubstr("got 1e+99"));
  EXPECT_THAT(with("[1, 1, 1]", "[1, NaN, 1]"), HasSubstr("got inf"));
  EXPECT_THAT(with("[1, 1, 1]", "7"), HasSubstr("expected 'ds' to be a list"));
  EXPECT_THAT(with("[50]", "[\"x\"]"), HasSubstr("expected 'train_ep_top1' to be a number; got string"));
  EXPECT_THAT(with("\"other\": {", "\"optim\": 3, \"other\": {"), HasSubstr("'optim' to be an object"));
  EXPECT_THAT(with("\"other\": {", "\"params\": [], \"other\": {"), HasSubstr("'params' to be a number"));
  EXPECT_THAT(message(std::string(kGood).substr(0, 200)), HasSubstr("[file] expected JSON"));
  std::string two = text_of(kTinyNds / "ResNet.json");
  const std::string other = text_of(kTinyNds / "Vanilla.json");
  two.replace(two.rfind(']'), 1, "," + other.substr(1));
  EXPECT_THAT(message(two), HasSubstr("got vanilla among those of resnet"));
}

}  // namespace
}  // namespace tse
