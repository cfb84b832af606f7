#include "tse/report/comparison_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace tse {
namespace {

using testing::HasSubstr;
using testing::Not;

Comparison sample(const std::string& text) {
  Comparison comparison;
  comparison.study = comparison.facts = text;
  comparison.outcome = {.name = text, .source = text, .lower = false, .values = {}};
  comparison.trainings = 20;
  comparison.end = 50;
  comparison.k = 10;
  comparison.estimators = {"tse", text};
  comparison.budgets = {1, 50};
  comparison.notes = {text};
  for (const int T : comparison.budgets) {
    for (const std::string& name : comparison.estimators) {
      ComparisonRow& row = comparison.rows.emplace_back();
      row.estimator = name;
      row.epochs = T;
      row.spearman = 0.5;
    }
  }
  comparison.rows[3].spearman = 0.75;
  return comparison;
}

TEST(ComparisonHtml, HoldsEveryStudyAndMarksTheBest) {
  const std::string page = to_html(std::vector{sample("first"), sample("second")});
  EXPECT_THAT(page, HasSubstr("id=\"chart-0\""));
  EXPECT_THAT(page, HasSubstr("id=\"chart-1\""));
  EXPECT_THAT(page, Not(HasSubstr("id=\"chart-2\"")));
  EXPECT_THAT(page, HasSubstr("20 trainings of second"));
  EXPECT_THAT(page, HasSubstr("<td>0.500</td></tr>"));              // tse after 50 epochs
  EXPECT_THAT(page, HasSubstr("<td><strong>0.750</strong></td>"));  // the other
}

TEST(ComparisonHtml, EscapesEverythingFromOutside) {
  const std::string hostile = R"(<script>alert(1)</script>"'&</script><!--)";
  const std::string page = to_html(std::vector{sample(hostile)});
  const std::string harmless = to_html(std::vector{sample("harmless")});
  const auto count = [](const std::string& text, std::string_view what) {
    int times = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++times;
    return times;
  };
  for (const char* mark : {"<script", "</script", "<!--", "alert(1)</"})
    EXPECT_EQ(count(page, mark), count(harmless, mark)) << mark;
}

TEST(ComparisonHtml, HasMeansByGroupWhereThereAreGroups) {
  Comparison comparison = sample("study");
  EXPECT_THAT(to_html(std::vector{comparison}), Not(HasSubstr("groups-chart-0")));
  comparison.group = "<setting>";
  for (const ComparisonRow& row : comparison.rows)
    comparison.group_rows.push_back(
        {.estimator = row.estimator, .epochs = row.epochs, .spearman = 0.125, .groups = {}});
  const std::string page = to_html(std::vector{comparison});
  EXPECT_THAT(page, HasSubstr("groups-chart-0"));
  EXPECT_THAT(page, HasSubstr("means by &lt;setting&gt;"));
  EXPECT_THAT(page, HasSubstr("<td><strong>0.125</strong></td>"));
}

TEST(ComparisonHtml, IsWritten) {
  const TempFolder folder;
  write_html(std::vector{sample("study")}, folder.path() / "page" / "index.html");
  EXPECT_GT(std::filesystem::file_size(folder.path() / "page" / "index.html"), 10000U);
}

}  // namespace
}  // namespace tse
