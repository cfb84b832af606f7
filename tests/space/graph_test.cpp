#include "tse/space/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tse/base/error.h"
#include "tse/space/passes.h"
#include "tse/space/space.h"

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

/// input -> relu (twice) -> two convolutions; a zero; a dead branch.
Graph tangled() {
  Graph graph;
  graph.add_input({.channels = 2, .height = 4, .width = 4});
  const NodeId a = graph.add("a.relu", op::Relu{}, {0});
  const NodeId b = graph.add("b.relu", op::Relu{}, {0});
  const NodeId conv_a = graph.add("a.conv", op::Conv2d{.out = 2, .kernel = 1}, {a});
  const NodeId conv_b = graph.add("b.conv", op::Conv2d{.out = 2, .kernel = 1}, {b});
  const NodeId zero = graph.add("zero", op::Zero{}, {0});
  const NodeId of_zero = graph.add("zero.conv", op::Conv2d{.out = 2, .kernel = 1}, {zero});
  const NodeId norm = graph.add("zero.bn", op::BatchNorm{}, {of_zero});
  graph.add("dead.conv", op::Conv2d{.out = 2, .kernel = 1}, {a});
  const NodeId skip = graph.add("skip", op::Identity{}, {conv_a});
  graph.add("sum", op::Sum{}, {skip, conv_b, of_zero, norm});
  return graph;
}

std::vector<std::string> names(const Graph& graph) {
  std::vector<std::string> list;
  for (const Node& node : graph.nodes()) list.push_back(node.name);
  return list;
}

TEST(Passes, DropZerosButNotTheShiftThatABatchNormLearns) {
  EXPECT_THAT(names(without_zeros(tangled())), testing::Contains("zero.bn"));
  EXPECT_THAT(names(without_zeros(tangled())), testing::Not(testing::Contains("skip")));
}

TEST(Passes, ShareTheReluOfTwoEdges) {
  const std::vector<std::string> list = names(with_shared(tangled()));
  EXPECT_THAT(list, testing::Contains("a.relu"));
  EXPECT_THAT(list, testing::Not(testing::Contains("b.relu")));
  EXPECT_THAT(list, testing::IsSupersetOf({"a.conv", "b.conv"}));
}

TEST(Passes, DropWhatNobodyNeeds) {
  EXPECT_THAT(names(without_dead(tangled())), testing::Not(testing::Contains("dead.conv")));
  EXPECT_EQ(names(simplified(tangled())),
            (std::vector<std::string>{"input", "a.relu", "a.conv", "b.conv", "zero", "zero.bn", "sum"}));
}

TEST(Passes, AreIdempotentOnRandomNetworks) {
  Stream random(4);
  const auto space = make_space("nb201:channels=4,cells=2");
  for (int i = 0; i < 50; ++i) {
    const Graph once = simplified(space->lower(space->sample(random), {}));
    EXPECT_EQ(simplified(once), once);
    EXPECT_EQ(once.output().shape.channels, 10);
  }
}

TEST(Graph, PrintsForGraphvizWithoutLooseQuotes) {
  Graph graph;
  graph.add_input({.channels = 1, .height = 2, .width = 2});
  graph.add("we\"ird", op::Relu{}, {0});
  EXPECT_THAT(to_dot(graph), testing::HasSubstr("we\\\"ird"));
}

}  // namespace
}  // namespace tse
