#include "tse/export/python_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "export/models.h"
#include "tse/space/space.h"

namespace tse {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PythonSource, HasOneClassForPartsThatAreAlike) {
  const auto space = make_space("nb201:channels=4,cells=3");
  const Graph graph = space->lower(
      space->parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|"), Task{});
  const std::string text = to_python(disturbed_model(graph, 0), "net").text;
  EXPECT_THAT(text, HasSubstr("            cell1=Stage1Cell1(),\n            cell2=Stage1Cell1(),\n"
                              "            cell3=Stage1Cell1(),\n"));
  EXPECT_THAT(text, HasSubstr("class Stage1Cell1(nn.Module):"));
  EXPECT_THAT(text, Not(HasSubstr("class Stage1Cell2")));
  EXPECT_THAT(text, HasSubstr("conv=nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False),"));
  EXPECT_THAT(text, HasSubstr("from net import CLASS_NAMES, load"));
}

TEST(PythonSource, KeysAreOurNamesWherePythonTakesThem) {
  const Model model = nb201_models(1)[0];
  for (const auto& [name, key] : to_python(model, "net").keys) EXPECT_EQ(name, key);
}

TEST(PythonSource, KeepsTextsOfOthersInTheirPlaces) {
  const std::string text = to_python(oddly_named_model(), "it's\nme").text;
  EXPECT_THAT(text, HasSubstr(R"(# arch: '''"""\x0a import os)"));
  EXPECT_THAT(text, HasSubstr(R"("two\nlines\t\"\"\"")"));
  EXPECT_THAT(text, Not(HasSubstr("it's\nme")));
}

}  // namespace
}  // namespace tse
