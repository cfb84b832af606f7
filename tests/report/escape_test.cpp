#include "tse/report/escape.h"

#include <gtest/gtest.h>

#include "report/template.h"
#include "tse/base/random.h"

namespace tse {
namespace {

TEST(Escape, HtmlHasNoMarkup) {
  EXPECT_EQ(escape_html(R"(<script>alert(1)</script>"'&)"), "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;");
}

TEST(Escape, WhatIsNoTextBecomesTheReplacementCharacter) {
  EXPECT_EQ(clean_text("a\x01"
                       "b\x7F"),
            "a\uFFFDb\uFFFD");
  EXPECT_EQ(clean_text("\xC3\xA4"), "ä");
  EXPECT_EQ(clean_text("\xC3"), "\uFFFD");                      // cut short
  EXPECT_EQ(clean_text("\xC0\xAF"), "\uFFFD\uFFFD");            // overlong "/"
  EXPECT_EQ(clean_text("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(clean_text("\xF0\x9F\x98\x80"), "\U0001F600");
}

// Random bytes, with those that matter often among them.
std::string random_text(Stream& random) {
  constexpr std::string_view kSpecial = "<>&\"'/!-\\\xE2\x80\xA8\xA9\xC3 script";
  std::string text;
  for (std::uint64_t left = random.below(60); left > 0; --left) {
    text += random.below(2) == 0 ? static_cast<char>(random.below(256)) : kSpecial[random.below(kSpecial.size())];
  }
  return text;
}

TEST(Escape, RandomBytesNeverMakeMarkup) {
  Stream random(1);
  for (int round = 0; round < 5000; ++round) {
    const std::string text = random_text(random);
    EXPECT_EQ(escape_html(text).find_first_of("<>\"'"), std::string::npos);
    EXPECT_EQ(clean_text(clean_text(text)), clean_text(text));
    const std::string json = script_json(Json(text));
    EXPECT_EQ(json.find_first_of("<>&"), std::string::npos);
    EXPECT_EQ(json.find("\xE2\x80\xA8"), std::string::npos);
    EXPECT_EQ(json.find("\xE2\x80\xA9"), std::string::npos);
    // still the same text for whoever parses it
    EXPECT_EQ(Json::parse(json).dump(),
              Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).dump());
  }
}

TEST(Template, FillsEveryPlaceOnceAndLeavesValuesAlone) {
  EXPECT_EQ(fill("a{{x}}b{{y}}c{{x}}", {{"x", "{{y}}"}, {"y", "2"}}), "a{{y}}b2c{{y}}");
  EXPECT_THROW(fill("{{x}}", {}), std::logic_error);
  EXPECT_THROW(fill("no place", {{"x", "1"}}), std::logic_error);
}

// SHA-256 of the empty text and of "abc" (FIPS 180-2, appendix B.1), in base64.
TEST(Template, PolicyHashesArePublishedOnes) {
  EXPECT_EQ(policy_hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(policy_hash("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

}  // namespace
}  // namespace tse
