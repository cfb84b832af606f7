// A study handed on: what arrives is what was measured.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apps/tse/program.h"
#include "tse/base/csv.h"
#include "tse/base/file.h"

namespace tse {
namespace {

using testing::HasSubstr;
using testing::Not;

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

TEST_F(Export, KeepsEveryNumberOfTheFinishedTrials) {
  const Output exported = tse("export s.tse --to copy.tse --json");
  ASSERT_EQ(exported.code, 0) << exported.err;
  EXPECT_EQ(exported.json().at("trials"), 3);
  EXPECT_EQ(exported.json().at("left"), 0);
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
}

TEST_F(Export, OverwritesNoStudyAndNeedsToBeToldWhere) {
  EXPECT_EQ(tse("export s.tse").code, 2);
  const Output over = tse("export s.tse --to s.tse");
  EXPECT_EQ(over.code, 3);
  EXPECT_THAT(over.err, HasSubstr("exists"));
}

}  // namespace
}  // namespace tse
