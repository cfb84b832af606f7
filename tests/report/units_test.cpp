#include "tse/report/units.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tse {
namespace {

TEST(Units, NumbersHaveFourDigits) {
  EXPECT_EQ(number_text(0.56361), "0.5636");
  EXPECT_EQ(number_text(1.88), "1.880");
  EXPECT_EQ(number_text(93.556), "93.56");
  EXPECT_EQ(number_text(1234.4), "1234");
  EXPECT_EQ(number_text(0), "0.000");
  EXPECT_EQ(number_text(std::nan("")), "-");
  EXPECT_EQ(number_text(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(Units, FixedNumbersHaveNoNegativeZero) {
  EXPECT_EQ(fixed_text(-0.004, 2), "0.00");
  EXPECT_EQ(fixed_text(-0.006, 2), "-0.01");
  EXPECT_EQ(fixed_text(0.8676470588, 3), "0.868");
  EXPECT_EQ(fixed_text(std::nan(""), 3), "-");
}

TEST(Units, CountsHaveThreeDigitsAndASuffix) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1.00k");
  EXPECT_EQ(count_text(73306), "73.3k");
  EXPECT_EQ(count_text(1073466), "1.07M");
  EXPECT_EQ(count_text(999499), "999k");
  EXPECT_EQ(count_text(999600), "1.00M");  // not 1000k
  EXPECT_EQ(count_text(9996), "10.0k");    // not 10.00k
  EXPECT_EQ(count_text(153270000000), "153G");
}

TEST(Units, OnlyOneIsSingular) {
  EXPECT_EQ(plural(0, "epoch"), "0 epochs");
  EXPECT_EQ(plural(1, "epoch"), "1 epoch");
  EXPECT_EQ(plural(2, "epoch"), "2 epochs");
}

TEST(Units, DurationsHaveTwoUnits) {
  EXPECT_EQ(duration_text(0.4), "0 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(59.6), "1 min 00 s");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(3900), "1 h 05 min");
  EXPECT_EQ(duration_text(183600), "2 d 03 h");
  EXPECT_EQ(duration_text(std::nan("")), "-");
  EXPECT_EQ(duration_text(1e300), "for ever");
}

TEST(Units, LongTextsLoseTheirMiddle) {
  EXPECT_EQ(shorten_middle("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(shorten_middle("abcdefghijk", 10), "abcd...ijk");
  EXPECT_EQ(shorten_middle("äöüäöüäöüäöü", 7), "äö...öü");  // characters, not bytes
}

}  // namespace
}  // namespace tse
