#include "tse/report/imported.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

CurveContents sample() {
  return {.rows = 3,
          .epochs = 20,
          .curves = {{Metric::train_loss, 60}, {Metric::valid_accuracy, 41}},
          .columns = {{"params", 3}, {"final", 2}},
          .outcome = "final",
          .outcome_lower = true,
          .source = {{"kind", "csv"}, {"curves", {{"train_loss", {{"file", "loss.csv"}, {"split", "train"}}}}}}};
}

TEST(Imported, SaysWhatIsThereAndWhereFrom) {
  EXPECT_EQ(imported_text("my study", sample()),
            "Study my study\n"
            "3 imported rows, 20 epochs\n"
            "\n"
            "metric          values  from\n"
            "--------------  ------  ---------------------\n"
            "train_loss          60  loss.csv, split train\n"
            "valid_accuracy      41\n"
            "\n"
            "column  values\n"
            "------  ------\n"
            "final        2\n"
            "params       3\n"
            "\n"
            "Outcome: final, lower is better, 2 of 3 rows.\n");
}

TEST(Imported, JsonHasTheSame) {
  const Json json = imported_json("s", sample());
  EXPECT_EQ(json["rows"], 3);
  EXPECT_EQ(json["epochs"], 20);
  EXPECT_EQ(json["metrics"], Json({{"train_loss", 60}, {"valid_accuracy", 41}}));
  EXPECT_EQ(json["columns"], Json({{"final", 2}, {"params", 3}}));
  EXPECT_EQ(json["outcome"], Json({{"column", "final"}, {"lower", true}, {"values", 2}}));
  EXPECT_EQ(json["source"], sample().source);
  CurveContents without = sample();
  without.outcome = "";
  EXPECT_EQ(imported_json("s", without)["outcome"], nullptr);
}

/// The source is whatever a file says.
TEST(Imported, SurvivesAnySource) {
  CurveContents contents = sample();
  for (const Json& source : {Json(nullptr), Json(7), Json::array(), Json({{"curves", 1}, {"hp", Json::array()}}),
                             Json({{"curves", {{"train_loss", "x"}}}, {"run", "a\x1b[2J\xff"}})}) {
    contents.source = source;
    EXPECT_THAT(imported_text("s", contents), AllOf(HasSubstr("train_loss"), Not(HasSubstr("\x1b"))));
  }
}

}  // namespace
}  // namespace tse
