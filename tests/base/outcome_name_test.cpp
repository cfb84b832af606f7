#include "tse/base/outcome_name.h"

#include <gtest/gtest.h>

#include "tse/base/error.h"

namespace tse {
namespace {

TEST(ColumnName, LowerIsBetterWhereItOrItsNameSaysSo) {
  EXPECT_EQ(parse_column_name("accuracy"), (ColumnName{.column = "accuracy", .lower = false}));
  EXPECT_EQ(parse_column_name("latency:lower"), (ColumnName{.column = "latency", .lower = true}));
  EXPECT_EQ(parse_column_name("test_loss"), (ColumnName{.column = "test_loss", .lower = true}));
  EXPECT_EQ(parse_column_name("x-valid_error"), (ColumnName{.column = "x-valid_error", .lower = true}));
  EXPECT_EQ(parse_column_name("loss_scale"), (ColumnName{.column = "loss_scale", .lower = false}));
}

TEST(ColumnName, HigherIsBetterWhereItSaysSoWhateverItsName) {
  EXPECT_EQ(parse_column_name("accuracy:higher"), (ColumnName{.column = "accuracy", .lower = false}));
  EXPECT_EQ(parse_column_name("negative_loss:higher"), (ColumnName{.column = "negative_loss", .lower = false}));
}

TEST(ColumnName, AKnownColumnIsTakenWhole) {
  EXPECT_EQ(parse_column_name("odd:lower", {"odd:lower"}), (ColumnName{.column = "odd:lower", .lower = false}));
  EXPECT_EQ(parse_column_name("odd:lower", {"odd"}), (ColumnName{.column = "odd", .lower = true}));
}

TEST(OutcomeName, IsAFileAndAColumn) {
  EXPECT_EQ(parse_outcome_name("/run:1/final.csv.gz:acc", "here"),
            (OutcomeName{.file = "/run:1/final.csv.gz", .column = "acc", .lower = false}));
  EXPECT_EQ(parse_outcome_name("final.csv:time:lower", "here"),
            (OutcomeName{.file = "final.csv", .column = "time", .lower = true}));
  EXPECT_TRUE(parse_outcome_name("final.csv:test_error", "here").lower);
  for (const char* text : {"final.csv", "final.csv:", ":acc", ":lower", "final.csv:lower", "final.csv:higher", ""})
    EXPECT_THROW((void)parse_outcome_name(text, "here"), UsageError) << text;
}

}  // namespace
}  // namespace tse
