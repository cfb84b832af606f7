// A study handed on: what arrives is what was measured.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "apps/tse/program.h"
#include "tse/base/csv.h"
#include "tse/base/file.h"
#include "tse/store/curve_study.h"

namespace tse {
namespace {

using testing::HasSubstr;
using testing::NanSensitiveDoubleEq;
using testing::Not;
using testing::Pointwise;

class Export : public testing::Test {
 protected:
  Export() {
    const Output ranked =
        tse("rank --archs 3 --epochs 2 --valid-every 1 --test-at-end --step-losses --json --study s.tse "
            "--space nb201:channels=4,cells=1 --data synthetic:size=8,train_images=256,test_images=64 --batch 32");
    EXPECT_EQ(ranked.code, 0) << ranked.err;
    original = ranked.json();
  }

  const Program tse;
  Json original;
};

/// All that can be wrong is, before the first of several files is written.
TEST_F(Export, LeavesNothingOfARefusedCommand) {
  for (const char* rest : {"--model o.foo", "--model o.onnx --trial 99", "--to nowhere/x.tse"}) {
    EXPECT_NE(tse(std::string("export s.tse --csv tables ") + rest).code, 0) << rest;
    EXPECT_FALSE(std::filesystem::exists(tse.folder().path() / "tables")) << rest;
  }
}

TEST_F(Export, KeepsEveryNumberOfTheFinishedTrials) {
  const Output exported = tse("export s.tse --to copy.tse --json");
  ASSERT_EQ(exported.code, 0) << exported.err;
  EXPECT_EQ(exported.json().at("to").at("trials"), 3);
  EXPECT_EQ(exported.json().at("to").at("left"), 0);
  Json copy = tse("report copy.tse --json").json();
  copy["study"] = original.at("study");
  copy["manifest"]["command_line"] = original.at("manifest").at("command_line");  // the program's folder is left out
  EXPECT_EQ(copy, original);
}

TEST_F(Export, IsOneFileThatReadersLeaveAsItIs) {
  ASSERT_EQ(tse("export s.tse --to copy.tse").code, 0);
  const Bytes before = read_file(tse.folder().path() / "copy.tse", 1U << 24U);
  EXPECT_EQ(tse("evaluate copy.tse").code, 0);
  EXPECT_EQ(tse("status copy.tse").code, 0);
  EXPECT_EQ(tse.shell("ls copy.tse*").out, "copy.tse\n");
  EXPECT_EQ(read_file(tse.folder().path() / "copy.tse", 1U << 24U), before);
}

TEST_F(Export, SaysNothingOfFoldersAndHosts) {
  ASSERT_EQ(tse("rank --archs 1 --epochs 1 --study " + (tse.folder().path() / "hidden.tse").string() +
                " --space nb201:channels=4,cells=1 --data synthetic:size=8,train_images=64,test_images=8 --batch 32")
                .code,
            0);
  ASSERT_EQ(tse("export hidden.tse --to copy.tse").code, 0);
  const Bytes file = read_file(tse.folder().path() / "copy.tse", 1U << 24U);
  const std::string bytes(file.begin(), file.end());
  EXPECT_THAT(bytes, HasSubstr("hidden.tse"));
  EXPECT_THAT(bytes, Not(HasSubstr(tse.folder().path().string())));
}

TEST_F(Export, WritesTheCurvesAsTables) {
  ASSERT_EQ(tse("export s.tse --csv tables").code, 0);
  const Csv losses = Csv::read(tse.folder().path() / "tables" / "train_loss.csv");
  const Csv accuracies = Csv::read(tse.folder().path() / "tables" / "valid_accuracy.csv");
  const Csv last = Csv::read(tse.folder().path() / "tables" / "final.csv");
  ASSERT_EQ(losses.rows(), 3U);
  for (std::size_t row = 0; row < 3; ++row) {
    const Json& trial = original.at("trials").at(row);
    EXPECT_EQ(losses.cell(row, 0), trial.at("arch").get<std::string>());
    for (std::size_t t = 0; t < 2; ++t) {
      EXPECT_EQ(losses.number(row, t + 1), trial.at("train_loss").at(t).get<double>());
      EXPECT_EQ(accuracies.number(row, t + 1), trial.at("valid_accuracy").at(t).get<double>());
    }
    EXPECT_EQ(last.number(row, last.column("params")), trial.at("params").get<double>());
    EXPECT_EQ(last.number(row, last.column("valid_accuracy")), trial.at("valid_accuracy").at(1).get<double>());
  }
  const Bytes before = read_file(tse.folder().path() / "tables" / "final.csv", 1U << 20U);
  const Output again = tse("export s.tse --csv tables");  // they may be somebody's own
  EXPECT_EQ(again.code, 3);
  EXPECT_THAT(again.err, HasSubstr("it exists already"));
  EXPECT_EQ(read_file(tse.folder().path() / "tables" / "final.csv", 1U << 20U), before);
}

TEST_F(Export, HasTheLossOfEveryStep) {
  const Json report = tse("report s.tse --json --step-losses").json();
  EXPECT_EQ(report.at("trials").at(0).at("step_loss"), original.at("trials").at(0).at("step_loss"));
  ASSERT_EQ(tse("rank --archs 1 --epochs 1 --study plain.tse --space nb201:channels=4,cells=1 --batch 32 "
                "--data synthetic:size=8,train_images=64,test_images=8")
                .code,
            0);
  EXPECT_FALSE(tse("report plain.tse --json").json().at("trials").at(0).contains("step_loss"));
  EXPECT_EQ(tse("report plain.tse --json --step-losses").json().at("trials").at(0).at("step_loss").size(), 1U);
}

TEST(ExportImported, GivesBackTheTablesThatWereImported) {
  const Program tse;
  ASSERT_EQ(tse.shell("printf 'arch,e1,e2,e3\nb,2,1.5,0.1\na,nan,inf,\n\"c,1\",1e-300,3,0.3333333333333333\n' > l.csv; "
                      "printf 'arch,e1,e2\na,50,60\n' > v.csv; "
                      "printf 'arch,accuracy,params,name\na,70,,x\nb,,12345678,y\n\"c,1\",-inf,3,z\n' > final.csv")
                .code,
            0);
  ASSERT_EQ(tse("import --study i.tse train_loss=l.csv valid_accuracy=v.csv --outcome final.csv:accuracy").code, 0);
  const Output exported = tse("export i.tse --csv t --json");
  ASSERT_EQ(exported.code, 0) << exported.err;
  EXPECT_EQ(exported.json().at("csv").at("trials"), 3);
  ASSERT_EQ(tse("import --study again.tse train_loss=t/train_loss.csv valid_accuracy=t/valid_accuracy.csv "
                "--outcome t/final.csv:accuracy")
                .code,
            0);
  const auto read = [&](const char* file) {
    CurveTable table = read_curve_table(tse.folder().path() / file);
    table.source = nullptr;
    return table;
  };
  const CurveTable first = read("i.tse");
  const CurveTable again = read("again.tse");
  EXPECT_EQ(again.archs, first.archs);
  EXPECT_EQ(again.epochs, first.epochs);
  ASSERT_EQ(again.curves.size(), 2U);
  ASSERT_EQ(again.columns.size(), 2U);
  for (const auto& [metric, values] : first.curves)
    EXPECT_THAT(again.curves.at(metric), Pointwise(NanSensitiveDoubleEq(), values)) << to_text(metric);
  for (const auto& [name, values] : first.columns)
    EXPECT_THAT(again.columns.at(name), Pointwise(NanSensitiveDoubleEq(), values)) << name;
}

TEST(ExportImported, IsForTablesAlone) {
  const Program tse;
  ASSERT_EQ(tse.shell("printf 'arch,e1\na,2\n' > l.csv").code, 0);
  ASSERT_EQ(tse("import --study i.tse train_loss=l.csv").code, 0);
  const Output refused = tse("export i.tse --to o.tse");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("copy the file"));
}

TEST_F(Export, OverwritesNoStudyAndNeedsToBeToldWhere) {
  EXPECT_EQ(tse("export s.tse").code, 2);
  const Output over = tse("export s.tse --to s.tse");
  EXPECT_EQ(over.code, 3);
  EXPECT_THAT(over.err, HasSubstr("exists"));
}

}  // namespace
}  // namespace tse
