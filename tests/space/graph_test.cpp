#include "tse/space/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tse/base/error.h"

namespace tse {
namespace {

TEST(Graph, InfersShapesOfWindows) {
  Graph graph;
  graph.add_input({.channels = 3, .height = 9, .width = 8});
  const NodeId conv = graph.add("conv", op::Conv2d{.out = 4, .kernel = 3, .stride = 2, .padding = 1}, {0});
  EXPECT_EQ(graph.node(conv).shape, (Shape{.channels = 4, .height = 5, .width = 4}));
  const NodeId pool = graph.add("pool", op::AvgPool{.kernel = 2, .stride = 2, .padding = 0}, {conv});
  EXPECT_EQ(graph.node(pool).shape, (Shape{.channels = 4, .height = 2, .width = 2}));
}

TEST(Graph, RefusesWhatDoesNotFit) {
  Graph graph;
  graph.add_input({.channels = 3, .height = 4, .width = 4});
  const NodeId small = graph.add("small", op::AvgPool{.kernel = 2, .stride = 2, .padding = 0}, {0});
  EXPECT_THROW(graph.add("small", op::Relu{}, {0}), UsageError);                 // the name is taken
  EXPECT_THROW(graph.add("later", op::Relu{}, {7}), UsageError);                 // no such node
  EXPECT_THROW(graph.add("sum", op::Sum{}, {0, small}), UsageError);             // shapes differ
  EXPECT_THROW(graph.add("none", op::Sum{}, {}), UsageError);                    // nothing to add
  EXPECT_THROW(graph.add("linear", op::Linear{.out = 2}, {small}), UsageError);  // not (C,1,1)
  EXPECT_THROW(graph.add("wide", op::Conv2d{.out = 2, .kernel = 5}, {small}), UsageError);
  EXPECT_THROW(graph.add_input({.channels = 3, .height = 4, .width = 4}), UsageError);
  EXPECT_EQ(graph.nodes().size(), 2U);
}

TEST(Graph, PrintsForGraphvizWithoutLooseQuotes) {
  Graph graph;
  graph.add_input({.channels = 1, .height = 2, .width = 2});
  graph.add("we\"ird", op::Relu{}, {0});
  EXPECT_THAT(to_dot(graph), testing::HasSubstr("we\\\"ird"));
}

}  // namespace
}  // namespace tse
