#include "tse/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "tse/base/error.h"

namespace tse {
namespace {

Json object() {
  return parse_json(R"({"small":-3,"int_max":2147483647,"int_over":2147483648,"int_under":-2147483649,
    "int64_min":-9223372036854775808,"uint64_max":18446744073709551615,"uint64_over":18446744073709551616,
    "half":0.5,"whole":2.0,"none":null,"yes":true,"word":"a","list":[1,null,2.5],"mixed":[1,"a"]})",
                    "test");
}

template <class T>
T get(const char* key) {
  return member<T>(object(), key, "test");
}

TEST(Member, IntegersWithinTheirRange) {
  EXPECT_EQ(get<int>("small"), -3);
  EXPECT_EQ(get<int>("int_max"), 2147483647);
  EXPECT_EQ(get<std::int64_t>("int_over"), 2147483648);
  EXPECT_EQ(get<std::int64_t>("int64_min"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(get<std::uint64_t>("uint64_max"), ~0ULL);
  for (const char* key : {"int_over", "int_under", "uint64_max", "uint64_over", "half", "whole", "none", "yes", "word"})
    EXPECT_THROW(get<int>(key), DataError) << key;
  EXPECT_THROW(get<std::int64_t>("uint64_max"), DataError);
  EXPECT_THROW(get<std::uint64_t>("small"), DataError);
  EXPECT_THROW(get<std::uint64_t>("uint64_over"), DataError);
}

TEST(Member, NumbersAndNull) {
  EXPECT_EQ(get<double>("half"), 0.5);
  EXPECT_EQ(get<double>("small"), -3);
  EXPECT_TRUE(std::isnan(get<double>("none")));
  EXPECT_THROW(get<double>("word"), DataError);
  EXPECT_THROW(get<double>("yes"), DataError);
  const auto list = get<std::vector<double>>("list");
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0], 1);
  EXPECT_TRUE(std::isnan(list[1]));
  EXPECT_EQ(list[2], 2.5);
  EXPECT_THROW(get<std::vector<double>>("mixed"), DataError);
  EXPECT_THROW(get<std::vector<double>>("half"), DataError);
}

TEST(Member, TextsAndBooleans) {
  EXPECT_EQ(get<std::string>("word"), "a");
  EXPECT_TRUE(get<bool>("yes"));
  EXPECT_THROW(get<std::string>("small"), DataError);
  EXPECT_THROW(get<bool>("small"), DataError);
}

TEST(Member, AMessageNamesPlaceKeyAndWhatCame) {
  const auto message = [](const Json& value) {
    try {
      member<int>(value, "batch", "study.db");
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message(Json{{"batch", "x"}}), "[study.db] expected 'batch' to be a whole number; got string");
  EXPECT_THAT(message(Json{{"batch", 1e300}}), testing::HasSubstr("a whole number"));
  EXPECT_THAT(message(Json{{"batch", 1ULL << 40U}}),
              testing::HasSubstr("[-2147483648, 2147483647]; got 1099511627776"));
  EXPECT_THAT(message(Json::object()), testing::HasSubstr("'batch'"));
  EXPECT_THAT(message(Json(3)), testing::HasSubstr("expected an object with 'batch'; got number"));
}

TEST(ParseJson, RefusesWhatIsNoneOrTooDeep) {
  for (const char* text : {"", "{", "[1,]", "nul", "{\"a\":1}x", "\"\xff\"", "'a'"})
    EXPECT_THROW(parse_json(text, "test"), DataError) << text;
  EXPECT_NO_THROW(parse_json(std::string(60, '[') + std::string(60, ']'), "test"));
  EXPECT_THROW(parse_json(std::string(100, '[') + std::string(100, ']'), "test"), DataError);
  EXPECT_THROW(parse_json(std::string(1000000, '['), "test"), DataError);
}

TEST(FiniteOrNull, IsWhatJsonCanSay) {
  EXPECT_EQ(finite_or_null(0.5).dump(), "0.5");
  EXPECT_EQ(finite_or_null(std::nan("")).dump(), "null");
  EXPECT_EQ(finite_or_null(-std::numeric_limits<double>::infinity()).dump(), "null");
}

}  // namespace
}  // namespace tse
