// `tse space check` as people meet it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/tse/program.h"

namespace tse {
namespace {

using testing::HasSubstr;

TEST(SpaceCheck, SaysWhatHolds) {
  const Program tse;
  const Output text = tse("space check nb201:channels=4,cells=1");
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("pass  parses what it prints\n"));
  const Json json = tse("space check nb201:channels=4,cells=1 --json").json();
  EXPECT_EQ(json["space"], "nb201:channels=4,cells=1");
  EXPECT_EQ(json["holds"], true);
  EXPECT_EQ(json["properties"].size(), 17U);
  EXPECT_EQ(json["properties"][1], Json({{"property", "parses what it prints"}, {"holds", true}}));
}

TEST(SpaceCheck, RefusesANameThatIsNone) {
  const Program tse;
  const Output output = tse("space check nb20");
  EXPECT_EQ(output.code, 2);
  EXPECT_THAT(output.err, HasSubstr("did you mean 'nb201'"));
  EXPECT_EQ(tse("space").code, 2);
}

}  // namespace
}  // namespace tse
