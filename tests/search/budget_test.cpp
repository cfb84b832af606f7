#include "tse/search/budget.h"

#include <gtest/gtest.h>

#include "tse/base/error.h"

namespace tse {
namespace {

TEST(SearchBudget, IsReadInEveryUnit) {
  const std::pair<const char*, SearchBudget> rows[] = {
      {"200trials", {.trials = 200}},   {"1 trial", {.trials = 1}},  {"2e3trials", {.trials = 2000}},
      {"4000epochs", {.epochs = 4000}}, {"2epochs", {.epochs = 2}},  {"0.5epochs", {.epochs = 0.5}},
      {"90s", {.seconds = 90}},         {"1.5min", {.seconds = 90}}, {"2h", {.seconds = 7200}},
      {"1d", {.seconds = 86400}}};
  for (const auto& [text, budget] : rows) {
    EXPECT_EQ(parse_search_budget(text, "--budget"), budget) << text;
    EXPECT_EQ(parse_search_budget(to_text(budget), "--budget"), budget) << text;
  }
}

TEST(SearchBudget, IsRefusedWhereItIsNone) {
  for (const char* text : {"", "200", "trials", "0trials", "-5trials", "+5trials", "0.5trials", "1e300trials", "nans",
                           "infs", "0x10s", "5 weeks", "5trials 3", "5trials,2h", "5S", "1e999s", "5.5.5s", "s5"})
    EXPECT_THROW(parse_search_budget(text, "--budget"), UsageError) << text;
}

}  // namespace
}  // namespace tse
