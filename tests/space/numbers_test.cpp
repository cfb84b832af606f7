#include "tse/space/numbers.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "tse/base/error.h"
#include "tse/space/space.h"

namespace tse {
namespace {

Graph lowered(const std::string& arch) {
  const auto space = make_space("nb201:channels=4,cells=1");
  return space->lower(space->parse(arch), {});
}

const std::string kSkips = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|";
const std::string kChain = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_1x1~2|";

// By hand: a stem convolution, two reduction blocks of two convolutions and a shortcut's, the linear classifier.
TEST(GraphNumbers, OfACellOfSkips) {
  EXPECT_EQ(graph_number("convolutions", lowered(kSkips), "test"), 1 + 2 * 3);
  EXPECT_EQ(graph_number("depth", lowered(kSkips), "test"), 1 + 2 * 2 + 1);
}

// Three convolutions more in each of three cells, one after the other.
TEST(GraphNumbers, OfACellThatIsAChain) {
  EXPECT_EQ(graph_number("convolutions", lowered(kChain), "test"), 1 + 2 * 3 + 3 * 3);
  EXPECT_EQ(graph_number("depth", lowered(kChain), "test"), 1 + 2 * 2 + 1 + 3 * 3);
}

TEST(GraphNumbers, CountAsTheGraphDoes) {
  const Graph graph = lowered(kChain);
  EXPECT_EQ(graph_number("params", graph, "test"), static_cast<double>(parameters(graph)));
  EXPECT_EQ(graph_number("macs", graph, "test"), static_cast<double>(macs(graph)));
  EXPECT_GT(graph_number("activations", graph, "test"), graph_number("activations", lowered(kSkips), "test"));
}

TEST(GraphNumbers, NameTheKnownOnes) {
  const std::string message = message_of<UsageError>([] { (void)graph_number("parms", lowered(kSkips), "--require"); });
  EXPECT_THAT(message, testing::AllOf(testing::HasSubstr("--require"), testing::HasSubstr("params")));
}

}  // namespace
}  // namespace tse
