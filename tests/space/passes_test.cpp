#include "tse/space/passes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tse/space/space.h"

namespace tse {
namespace {

using Coefficients = op::Sum::Coefficients;

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

TEST(Passes, TakeBatchNormsAway) {
  const Graph graph = without_batch_norm(tangled());
  ASSERT_EQ(names(graph), names(tangled()));
  for (const Node& node : graph.nodes()) EXPECT_FALSE(std::holds_alternative<op::BatchNorm>(node.op)) << node.name;
  // nothing shifts the zeros then
  EXPECT_EQ(names(simplified(graph)), (std::vector<std::string>{"input", "a.relu", "a.conv", "b.conv", "sum"}));
  EXPECT_EQ(without_batch_norm(graph), graph);
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

Graph four_channels() {
  Graph graph;
  graph.add_input({.channels = 4, .height = 4, .width = 4});
  return graph;
}

TEST(Passes, DropAZeroOfASumTogetherWithItsConstant) {
  Graph graph = four_channels();
  const NodeId relu = graph.add("relu", op::Relu{}, {0});
  const NodeId zero = graph.add("zero", op::Zero{}, {0});
  graph.add("sum", op::Sum{.coefficients = Coefficients::constant, .constants = {2, 3, 5}}, {0, zero, relu});
  EXPECT_EQ(to_text(simplified(graph)),
            "input input () -> (4,4,4)\n"
            "relu relu (input) -> (4,4,4)\n"
            "sum sum constants=2,5 (input, relu) -> (4,4,4)\n");
}

TEST(Passes, DropASumOfOneOnlyWhereItGivesItsInputAsItIs) {
  const auto nodes_left = [](const op::Sum& sum) {
    Graph graph = four_channels();
    graph.add("out", op::Relu{}, {graph.add("sum", sum, {0})});
    return names(simplified(graph)).size();
  };
  EXPECT_EQ(nodes_left({}), 2U);
  EXPECT_EQ(nodes_left({.coefficients = Coefficients::constant, .constants = {1}}), 2U);
  EXPECT_EQ(nodes_left({.coefficients = Coefficients::constant, .constants = {0.5}}), 3U);
  EXPECT_EQ(nodes_left({.coefficients = Coefficients::positive}), 3U);
  EXPECT_EQ(nodes_left({.coefficients = Coefficients::architecture, .architecture = "alpha"}), 3U);
}

TEST(Passes, KeepTheZerosOfASumWhoseCoefficientsHaveTheirPlaces) {
  for (const op::Sum& sum : {op::Sum{.coefficients = Coefficients::positive},
                             op::Sum{.coefficients = Coefficients::architecture, .architecture = "alpha"}}) {
    Graph graph = four_channels();
    const NodeId zero = graph.add("zero", op::Zero{}, {0});
    graph.add("sum", sum, {zero, 0, zero});
    EXPECT_EQ(simplified(graph), graph);
  }
}

TEST(Passes, TakeAConcatForZerosOnlyWhereAllItsInputsAre) {
  Graph graph = four_channels();
  const NodeId zero = graph.add("zero", op::Zero{}, {0});
  const NodeId mixed = graph.add("mixed", op::Concat{}, {zero, 0});
  graph.add("relu", op::Relu{}, {mixed});
  EXPECT_EQ(simplified(graph), graph);
}

TEST(Passes, KeepABiasThatIsAddedToZeros) {
  const auto left = [](bool bias) {
    Graph graph = four_channels();
    const NodeId zero = graph.add("zero", op::Zero{}, {0});
    const NodeId conv = graph.add("conv", op::Conv2d{.out = 4, .bias = bias}, {zero});
    graph.add("sum", op::Sum{}, {0, conv});
    return names(simplified(graph));
  };
  EXPECT_THAT(left(true), testing::Contains("conv"));
  EXPECT_THAT(left(false), testing::Not(testing::Contains("conv")));
}

TEST(Passes, ShareWhatIsEqualButNotWhatLearnsOrDraws) {
  const auto shared = [](const Op& op) {
    Graph graph = four_channels();
    const NodeId one = graph.add("one", op, {0});
    const NodeId other = graph.add("other", op, {0});
    graph.add("both", op::Concat{}, {one, other});
    return names(with_shared(graph)).size() == 3;
  };
  EXPECT_TRUE(shared(op::MaxPool{}));
  EXPECT_TRUE(shared(op::Shift{}));
  EXPECT_TRUE(shared(op::Slice{.first = 1, .count = 2}));
  EXPECT_TRUE(shared(op::Shuffle{.groups = 2}));
  EXPECT_TRUE(shared(op::Sum{.coefficients = Coefficients::constant, .constants = {0.5}}));
  EXPECT_FALSE(shared(op::Sum{.coefficients = Coefficients::positive}));
  EXPECT_FALSE(shared(op::Sum{.coefficients = Coefficients::architecture, .architecture = "alpha"}));
  EXPECT_FALSE(shared(op::DropPath{.rate = 0.2}));
  EXPECT_FALSE(shared(op::Dropout{.rate = 0.2}));
  EXPECT_FALSE(shared(op::BatchNorm{.affine = false}));
  EXPECT_FALSE(shared(op::Conv2d{.out = 4}));
}

TEST(Passes, DoNotTakeOpsForEqualThatDifferInAnAttribute) {
  Graph graph = four_channels();
  const std::vector<Op> ops = {
      op::Slice{.first = 0, .count = 2},
      op::Slice{.first = 1, .count = 2},
      op::Shift{.by = 1},
      op::Shift{.by = -1},
      op::Shuffle{.groups = 2},
      op::Shuffle{.groups = 4},
      op::MaxPool{.stride = 1},
      op::MaxPool{.stride = 2},
      op::Sum{},
      op::Sum{.coefficients = Coefficients::constant, .constants = {0.1}},
  };
  for (std::size_t i = 0; i < ops.size(); ++i) graph.add("node" + std::to_string(i), ops[i], {0});
  EXPECT_EQ(with_shared(graph).nodes().size(), graph.nodes().size());
}

}  // namespace
}  // namespace tse
