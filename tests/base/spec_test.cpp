#include "tse/base/spec.h"

#include <gtest/gtest.h>

#include "tse/base/error.h"
#include "tse/base/random.h"

namespace tse {
namespace {

TEST(Spec, ParsesWhatPeopleType) {
  EXPECT_EQ(parse_spec("nb201", "test"), (Spec{.name = "nb201", .options = {}}));
  EXPECT_EQ(parse_spec("nb201:channels=8,cells=1", "test"),
            (Spec{.name = "nb201", .options = {{"channels", "8"}, {"cells", "1"}}}));
  EXPECT_EQ(parse_spec("images:dir=C:\\a\\,b=c,size=", "test"),
            (Spec{.name = "images", .options = {{"dir", "C:\\a,b=c"}, {"size", ""}}}));
}

TEST(Spec, RefusesWhatIsNone) {
  for (const char* text : {"", ":a=1", "nb201:", "nb201:channels", "nb201:=8", "nb201:a=1,", "nb201:,a=1",
                           "nb201:a=1,a=2", "nb201:a=1,,b=2", "nb201:a\\,b=1", "nb201:a\\=1"})
    EXPECT_THROW(parse_spec(text, "test"), UsageError) << text;
}

TEST(Spec, ListsAreCutBetweenNamesAndNotBetweenOptions) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(split_names("tse", "test"), Names{"tse"});
  EXPECT_EQ(split_names("synflow,snip:parameters=all,batch=32,jaccov:outputs=1,params", "test"),
            (Names{"synflow", "snip:parameters=all,batch=32", "jaccov:outputs=1", "params"}));
  EXPECT_EQ(split_names("images:dir=a\\,b=c:d,size=8,tse", "test"), (Names{"images:dir=a\\,b=c:d,size=8", "tse"}));
  for (const char* text : {"", ",", "tse,", ",tse", "tse,,snip"})
    EXPECT_THROW(split_names(text, "test"), UsageError) << text;
}

TEST(Spec, RoundTripsAnyValue) {
  Stream random(1);
  const std::string alphabet = "ab=,\\:, \\\\,.|~+\xC3\xA9\n\"'";
  for (int i = 0; i < 5000; ++i) {
    Spec spec{.name = "name" + std::to_string(i), .options = {}};
    for (std::uint64_t option = random.below(4); option > 0; --option) {
      std::string value;
      for (std::uint64_t letter = random.below(8); letter > 0; --letter)
        value += alphabet[static_cast<std::size_t>(random.below(alphabet.size()))];
      spec.options.emplace_back("key" + std::to_string(option), value);
    }
    EXPECT_EQ(parse_spec(to_text(spec), "test"), spec) << to_text(spec);
  }
}

}  // namespace
}  // namespace tse
