#include "tse/search/requirement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "support/expect_error.h"
#include "tse/base/error.h"

namespace tse {
namespace {

bool holds(const char* text, double value) {
  return Requirement(text, "--require").holds([value](const std::string&) { return value; });
}

TEST(Requirement, ComparesWithEverySign) {
  struct Row {
    const char* text;
    bool below, equal, above;
  };
  const Row rows[] = {{"x<2", true, false, false},        {"x<=2", true, true, false},  {"x>2", false, false, true},
                      {"x>=2", false, true, true},        {"x==2", false, true, false}, {"x!=2", true, false, true},
                      {" x  <\t2e0 ", true, false, false}};
  for (const auto& [text, below, equal, above] : rows) {
    EXPECT_EQ(holds(text, 1), below) << text;
    EXPECT_EQ(holds(text, 2), equal) << text;
    EXPECT_EQ(holds(text, 3), above) << text;
    EXPECT_FALSE(holds(text, std::numeric_limits<double>::quiet_NaN())) << text;
  }
}

TEST(Requirement, HoldsWhereEveryClauseDoes) {
  const Requirement both("params<1e6&&macs >= -6.5 && params!=3", "--require");
  EXPECT_THAT(both.names(), testing::ElementsAre("params", "macs"));
  const auto with = [&](double params, double macs) {
    return both.holds([&](const std::string& name) { return name == "params" ? params : macs; });
  };
  EXPECT_TRUE(with(4, 1));
  EXPECT_FALSE(with(1e6, 1));
  EXPECT_FALSE(with(4, -7));
  EXPECT_FALSE(with(3, 1));
}

TEST(Requirement, WithoutTextHoldsAlways) {
  for (const char* text : {"", "  "}) {
    EXPECT_TRUE(holds(text, std::numeric_limits<double>::quiet_NaN()));
    EXPECT_TRUE(Requirement(text, "--require").names().empty());
  }
}

class Malformed : public testing::TestWithParam<const char*> {};

TEST_P(Malformed, IsRefused) { EXPECT_THROW(Requirement(GetParam(), "--require"), UsageError); }

INSTANTIATE_TEST_SUITE_P(Requirement, Malformed,
                         testing::Values("params", "params<", "<5", "params<five", "params<1e6x", "params<1e999",
                                         "params<nan", "params<inf", "params=5", "params=<5", "params=>5", "params<>5",
                                         "params<<5", "params===5", "params!<5", "1<params<5", "params<5>=3",
                                         "1<params", "5<6", "params<5&&", "&&params<5", "params<5&&&&macs<5", "&&",
                                         "params<5&macs<5", "params<5||macs<5", "params<5,macs<5", "params macs<5",
                                         "params<5 6", "params < = 5", "!params<5", "params<+5", "params<0x5",
                                         "params<1_000", "params\n<5"));

}  // namespace
}  // namespace tse
