#include "tse/table/curve_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/csv.h"
#include "tse/base/error.h"

namespace tse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

/// A row as text, to compare those with NaN.
std::string row(const CurveTable& table, Metric metric, std::size_t index) {
  return fmt::format("{}", fmt::join(table.curve(metric, index), " "));
}

std::string column(const CurveTable& table, const std::string& name) {
  return fmt::format("{}", fmt::join(table.columns.at(name), " "));
}

class CurveCsv : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, std::string_view text) { return folder_.write(name, text); }
  CurveTable read(const std::vector<CurveFile>& files, const std::string& outcome = "") {
    if (outcome.empty()) return read_curve_files(files, std::nullopt);
    return read_curve_files(files, parse_outcome_name((folder_.path() / outcome).string(), "test"));
  }
  template <class Failure>
  std::string refusal(const std::string& text, const std::string& outcome = "") {
    const auto file = write("bad.csv", text);
    return message_of<Failure>([&] { read({{.metric = Metric::train_loss, .file = file}}, outcome); });
  }

  TempFolder folder_;
};

TEST_F(CurveCsv, RowsAreTheUnionInOrderOfAppearance) {
  const auto loss = write("loss.csv", "arch,e1,e2,e3\nb,3,2,1\n\"a,1\",,nan,0.5\n");
  const auto accuracy = write("accuracy.csv", "arch,e1,e2\nc,10,20\nb,30,40\n");
  const CurveTable table =
      read({{.metric = Metric::train_loss, .file = loss}, {.metric = Metric::valid_accuracy, .file = accuracy}});
  EXPECT_THAT(table.archs, ElementsAre("b", "a,1", "c"));
  EXPECT_EQ(table.epochs, 3);
  EXPECT_EQ(row(table, Metric::train_loss, 0), "3 2 1");
  EXPECT_EQ(row(table, Metric::train_loss, 1), "nan nan 0.5");
  EXPECT_EQ(row(table, Metric::train_loss, 2), "nan nan nan");
  EXPECT_EQ(row(table, Metric::valid_accuracy, 0), "30 40 nan");
  EXPECT_EQ(row(table, Metric::valid_accuracy, 1), "nan nan nan");
  EXPECT_EQ(row(table, Metric::valid_accuracy, 2), "10 20 nan");
  EXPECT_EQ(table.outcome, "");
}

TEST_F(CurveCsv, OutcomesComeWithTheOtherNumbers) {
  const auto loss = write("loss.csv", "arch,e1\na,3\nb,2\nc,1\n");
  write("final.csv", "arch,accuracy,name,params,blank\nb,90,text,7,\nz,10,1,1,\na,,2,inf,\n");
  const CurveTable table = read({{.metric = Metric::train_loss, .file = loss}}, "final.csv:accuracy:lower");
  EXPECT_THAT(table.archs, ElementsAre("a", "b", "c"));
  EXPECT_EQ(table.outcome, "accuracy");
  EXPECT_TRUE(table.outcome_lower);
  EXPECT_EQ(column(table, "accuracy"), "nan 90 nan");
  EXPECT_EQ(column(table, "params"), "inf 7 nan");
  EXPECT_EQ(column(table, "blank"), "nan nan nan");
  EXPECT_FALSE(table.columns.contains("name"));
  EXPECT_EQ(table.source["outcome"]["not_numbers"], Json({"name"}));
}

TEST_F(CurveCsv, WithoutCurvesTheRowsAreThoseOfTheOutcomes) {
  write("final.csv", "arch,accuracy\nb,90\na,90\n");
  const CurveTable table = read({}, "final.csv:accuracy");
  EXPECT_THAT(table.archs, ElementsAre("b", "a"));
  EXPECT_EQ(table.epochs, 0);
  EXPECT_TRUE(table.curves.empty());
  EXPECT_EQ(column(table, "accuracy"), "90 90");
  EXPECT_THROW(read({}), UsageError);
}

/// sha256sum of `arch,e1\na,1\n`.
TEST_F(CurveCsv, TheSourceNamesFileDigestAndSplit) {
  const auto file = write("loss.csv", "arch,e1\na,1\n");
  write("final.csv", "arch,x\na,1\n");
  const Json source = read({{.metric = Metric::valid_loss, .file = file}}, "final.csv:x").source;
  EXPECT_EQ(source["curves"]["valid_loss"]["file"], "loss.csv");
  EXPECT_EQ(source["curves"]["valid_loss"]["split"], "valid");
  EXPECT_EQ(source["curves"]["valid_loss"]["sha256"],
            "949427291392d64e34a1821477f7498dff04e917a3ba9eb39417373d9cc2b4ed");
  EXPECT_EQ(source["outcome"]["file"], "final.csv");
  EXPECT_EQ(source["outcome"]["column"], "x");
  EXPECT_EQ(source["outcome"]["lower"], false);
}

TEST_F(CurveCsv, RefusesWithFileAndLine) {
  EXPECT_THAT(refusal<DataError>("arch,e1\na,1\nb,2\na,3\n"), HasSubstr("bad.csv:4:1] expected each arch once"));
  EXPECT_THAT(refusal<DataError>("arch,e1\na,one\n"), HasSubstr("bad.csv:2:3] expected a number"));
  EXPECT_THAT(refusal<DataError>("arch,e1,e3\na,1,2\n"), HasSubstr("expected column 3 to be 'e2'; got 'e3'"));
  EXPECT_THAT(refusal<DataError>("arch\na\n"), HasSubstr("got 'arch' alone"));
  EXPECT_THAT(refusal<DataError>("name,e1\na,1\n"), HasSubstr("expected the first column to be 'arch'"));
  write("final.csv", "arch,x,y\na,1,z\n");
  EXPECT_THAT(refusal<UsageError>("arch,e1\na,1\n", "final.csv:w"), HasSubstr("unknown column 'w'"));
  EXPECT_THAT(refusal<DataError>("arch,e1\na,1\n", "final.csv:y"), HasSubstr("final.csv:2:5] expected a number"));
  EXPECT_THROW(refusal<UsageError>("arch,e1\na,1\n", "nowhere.csv:y"), DataError);
  EXPECT_THAT(refusal<DataError>("arch,e1\n"), HasSubstr("bad.csv] expected a line for each training"));
  EXPECT_THAT(refusal<DataError>("arch,e1\nb,1\n", "final.csv:x"),
              HasSubstr("final.csv] expected some of the curves' architectures"));
  const CurveFile twice{.metric = Metric::train_loss, .file = write("loss.csv", "arch,e1\na,1\n")};
  EXPECT_THAT(message_of<UsageError>([&] { read({twice, twice}); }), HasSubstr("train_loss comes twice"));
}

/// Many rows in one file and many columns in another are few cells, but many numbers.
TEST_F(CurveCsv, RefusesTooManyNumbersBeforeItTakesThem) {
  std::string tall = "arch,e1\n";
  std::string wide = "arch";
  for (int i = 1; i <= 6000; ++i) {
    tall += fmt::format("a{},1\n", i);
    wide += fmt::format(",e{}", i);
  }
  wide += "\nb" + std::string(6000, ',') + "\n";
  const CurveFile rows{.metric = Metric::train_loss, .file = write("tall.csv", tall)};
  const CurveFile epochs{.metric = Metric::valid_loss, .file = write("wide.csv", wide)};
  EXPECT_THAT(message_of<DataError>([&] { read({rows, epochs}); }),
              HasSubstr("wide.csv] expected at most 31250000 numbers of a metric; got 6001 rows of 6000 epochs"));
  EXPECT_THAT(message_of<DataError>([&] { read({epochs, rows}); }),
              HasSubstr("tall.csv] expected at most 31250000 numbers of a metric; got 6001 rows of 6000 epochs"));
  EXPECT_THAT(message_of<DataError>([&] { read({rows}, "wide.csv:e1"); }),
              HasSubstr("wide.csv] expected at most 31250000 numbers of outcomes; got 6000 columns for 6000 rows"));
}

TEST_F(CurveCsv, CurveFilesHaveNames) {
  EXPECT_EQ(parse_curve_file("test_error=a=b.csv.gz", "x"),
            (CurveFile{.metric = Metric::test_error, .file = "a=b.csv.gz"}));
  for (const char* text : {"", "loss.csv", "train_loss=", "=loss.csv", "train=loss.csv"})
    EXPECT_THROW(parse_curve_file(text, "x"), UsageError) << text;
  EXPECT_THAT(message_of<UsageError>([] { parse_curve_file("train_los=x", "place"); }),
              HasSubstr("[place] unknown metric 'train_los'"));
}

struct RealTable {
  const char* folder;
  std::vector<Metric> metrics;
  const char* outcome;
  std::size_t rows;
  std::size_t outcomes;
  int epochs;
};

/// Real curves: every number of the tables is in the study's table, at its place.
TEST_F(CurveCsv, ReadsRealTables) {
  const std::filesystem::path tables = TSE_SHARED "/tables";
  if (!std::filesystem::exists(tables)) GTEST_SKIP() << "no " << tables;
  for (const RealTable& real : {
           RealTable{"nasbench_nlp_wikitext2",
                     {Metric::train_loss, Metric::valid_loss, Metric::test_loss},
                     "test_loss:lower",
                     173,
                     170,
                     50},
           RealTable{"nb201_cifar10valid_accuracy_curves",
                     {Metric::train_accuracy, Metric::valid_accuracy},
                     "test_accuracy",
                     100,
                     100,
                     200},
           RealTable{
               "nb201_cifar10_error_curves", {Metric::train_error, Metric::test_error}, "test_accuracy", 971, 971, 200},
       }) {
    std::vector<CurveFile> files;
    for (const Metric metric : real.metrics)
      files.push_back({.metric = metric, .file = tables / real.folder / (std::string(to_text(metric)) + ".csv")});
    const CurveTable table = read_curve_files(
        files, parse_outcome_name((tables / real.folder / "final.csv:").string() + real.outcome, "test"));
    EXPECT_EQ(table.rows(), real.rows) << real.folder;
    EXPECT_EQ(table.epochs, real.epochs) << real.folder;
    for (const CurveFile& file : files) {
      const Csv csv = Csv::read(file.file);
      ASSERT_EQ(csv.rows(), table.rows());
      for (std::size_t i = 0; i < csv.rows(); ++i) {
        ASSERT_EQ(csv.cell(i, 0), table.archs[i]);
        for (std::size_t epoch = 1; epoch < csv.header().size(); ++epoch) {
          const double value = table.curve(file.metric, i)[epoch - 1];
          if (std::isnan(csv.number(i, epoch))) {
            ASSERT_THAT(value, IsNan());
          } else {
            ASSERT_EQ(value, csv.number(i, epoch));
          }
        }
      }
    }
    const auto recorded = [](double outcome) { return !std::isnan(outcome); };
    EXPECT_EQ(std::ranges::count_if(table.columns.at(table.outcome), recorded), real.outcomes);
  }
  const CurveTable cells =
      read_curve_files({}, parse_outcome_name((tables / "nb201/cells.csv.gz:c10_test_mean").string(), "test"));
  EXPECT_EQ(cells.rows(), 15'625U);
  EXPECT_EQ(cells.columns.size(), 8U);
  EXPECT_EQ(cells.source["outcome"]["not_numbers"], Json({"class_representative"}));
}

}  // namespace
}  // namespace tse
