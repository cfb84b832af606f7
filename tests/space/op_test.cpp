#include "tse/space/op.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tse/base/error.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

using Coefficients = op::Sum::Coefficients;

Graph images(int channels, int height, int width) {
  Graph graph;
  graph.add_input({.channels = channels, .height = height, .width = width});
  return graph;
}

/// Shape of the op's output for one input.
Shape shape_of(const Op& op, const Shape& input) {
  Graph graph;
  graph.add_input(input);
  return graph.node(graph.add("op", op, {0})).shape;
}

/// One of each, and each attribute away from its default.
Graph with_every_op() {
  Graph g = images(3, 8, 6);
  const NodeId conv = g.add("conv", op::Conv2d{.out = 8, .kernel = 3, .padding = 1}, {0});
  const NodeId norm = g.add("norm", op::BatchNorm{}, {conv});
  const NodeId plain = g.add("plain", op::BatchNorm{.affine = false, .track = false}, {conv});
  const NodeId relu = g.add("relu", op::Relu{}, {norm});
  const NodeId wide =
      g.add("wide", op::Conv2d{.out = 8, .kernel = 3, .padding = 2, .dilation = 2, .groups = 4, .bias = true}, {relu});
  const NodeId most = g.add("max", op::MaxPool{}, {wide});
  const NodeId mean = g.add("mean", op::AvgPool{}, {plain});
  const NodeId drop = g.add("drop", op::DropPath{.rate = 0.2}, {mean});
  const NodeId zero = g.add("zero", op::Zero{}, {drop});
  const NodeId same = g.add("same", op::Identity{}, {drop});
  const NodeId half =
      g.add("half", op::Sum{.coefficients = Coefficients::constant, .constants = {0.5, 0.25}}, {most, same});
  const NodeId learned = g.add("learned", op::Sum{.coefficients = Coefficients::positive}, {half, zero, relu});
  const NodeId searched =
      g.add("searched", op::Sum{.coefficients = Coefficients::architecture, .architecture = "alpha"}, {learned, half});
  const NodeId sum = g.add("sum", op::Sum{}, {searched, most});
  const NodeId shift = g.add("shift", op::Shift{.by = 1}, {sum});
  const NodeId slice = g.add("slice", op::Slice{.first = 2, .count = 4}, {shift});
  const NodeId both = g.add("both", op::Concat{}, {slice, sum});
  const NodeId shuffle = g.add("shuffle", op::Shuffle{.groups = 3}, {both});
  const NodeId pool = g.add("pool", op::GlobalAvgPool{}, {shuffle});
  const NodeId dropout = g.add("dropout", op::Dropout{.rate = 0.5}, {pool});
  g.add("linear", op::Linear{.out = 10}, {dropout});
  return g;
}

TEST(Op, PrintsInAGraph) {
  EXPECT_EQ(to_text(with_every_op()), R"(input input () -> (3,8,6)
conv conv2d out=8 kernel=3 stride=1 padding=1 (input) -> (8,8,6)
norm batch_norm (conv) -> (8,8,6)
plain batch_norm affine=false track=false (conv) -> (8,8,6)
relu relu (norm) -> (8,8,6)
wide conv2d out=8 kernel=3 stride=1 padding=2 dilation=2 groups=4 bias=true (relu) -> (8,8,6)
max max_pool kernel=3 stride=1 padding=1 (wide) -> (8,8,6)
mean avg_pool kernel=3 stride=1 padding=1 (plain) -> (8,8,6)
drop drop_path rate=0.2 (mean) -> (8,8,6)
zero zero (drop) -> (8,8,6)
same identity (drop) -> (8,8,6)
half sum constants=0.5,0.25 (max, same) -> (8,8,6)
learned sum coefficients=positive (half, zero, relu) -> (8,8,6)
searched sum architecture=alpha (learned, half) -> (8,8,6)
sum sum (searched, max) -> (8,8,6)
shift shift by=1 (sum) -> (8,8,6)
slice slice first=2 count=4 (shift) -> (4,8,6)
both concat (slice, sum) -> (12,8,6)
shuffle shuffle groups=3 (both) -> (12,8,6)
pool global_avg_pool (shuffle) -> (12,1,1)
dropout dropout rate=0.5 (pool) -> (12,1,1)
linear linear out=10 (dropout) -> (10,1,1)
)");
}

TEST(Op, IsInJsonAsInText) {
  const Graph graph = with_every_op();
  const Json nodes = to_json(graph).at("nodes");
  ASSERT_EQ(nodes.size(), graph.nodes().size());
  std::string text;
  for (const Json& node : nodes) {
    std::string inputs;
    for (const Json& input : node.at("inputs")) inputs += (inputs.empty() ? "" : ", ") + input.get<std::string>();
    const std::string what = node.at("attributes");
    const Json& shape = node.at("shape");
    text += node.at("name").get<std::string>() + ' ' + node.at("op").get<std::string>() + (what.empty() ? "" : " ") +
            what + " (" + inputs + ") -> (" + shape[0].dump() + ',' + shape[1].dump() + ',' + shape[2].dump() + ")\n";
  }
  EXPECT_EQ(text, to_text(graph));
}

TEST(Op, AConvolutionReachesAsFarAsItsDilation) {
  // floor((size + 2*padding - dilation*(kernel - 1) - 1)/stride) + 1, as PyTorch's Conv2d documents
  const op::Conv2d conv{.out = 4, .kernel = 3, .stride = 2, .padding = 1, .dilation = 3};
  EXPECT_EQ(shape_of(conv, {.channels = 2, .height = 11, .width = 8}), (Shape{.channels = 4, .height = 4, .width = 2}));
  EXPECT_THROW(shape_of(conv, {.channels = 2, .height = 4, .width = 8}), UsageError);
}

TEST(Op, RefusesGroupsThatDoNotDivideTheChannels) {
  const Shape six{.channels = 6, .height = 4, .width = 4};
  EXPECT_NO_THROW(shape_of(op::Conv2d{.out = 9, .groups = 3}, six));
  EXPECT_THROW(shape_of(op::Conv2d{.out = 8, .groups = 3}, six), UsageError);
  EXPECT_THROW(shape_of(op::Conv2d{.out = 8, .groups = 4}, six), UsageError);
  EXPECT_THROW(shape_of(op::Conv2d{.out = 8, .groups = 0}, six), UsageError);
  EXPECT_THROW(shape_of(op::Conv2d{.out = 8, .dilation = 0}, six), UsageError);
  EXPECT_THROW(shape_of(op::Shuffle{.groups = 4}, six), UsageError);
  EXPECT_THROW(shape_of(op::Shuffle{.groups = 0}, six), UsageError);
}

TEST(Op, RefusesAttributesOutOfRange) {
  const Shape six{.channels = 6, .height = 4, .width = 4};
  for (const Op& op : std::vector<Op>{
           op::MaxPool{.kernel = 2, .padding = 2}, op::AvgPool{.stride = 0}, op::MaxPool{.kernel = 9},
           op::Slice{.first = 3, .count = 4}, op::Slice{.first = -1, .count = 2}, op::Slice{.first = 0, .count = 0},
           op::DropPath{.rate = 1}, op::DropPath{.rate = -0.1}, op::Dropout{.rate = 1}, op::Sum{.constants = {1}},
           op::Sum{.architecture = "alpha"}, op::Sum{.coefficients = Coefficients::constant},
           op::Sum{.coefficients = Coefficients::constant, .constants = {1, 2}},
           op::Sum{.coefficients = Coefficients::constant, .constants = {1.0 / 0.0}},
           op::Sum{.coefficients = Coefficients::architecture}, op::Linear{.out = 0}}) {
    EXPECT_THROW(shape_of(op, six), UsageError) << name(op) << ' ' << attributes(op);
  }
}

TEST(Op, SaysWhichNodeIsWrongAndWhy) {
  Graph graph = images(6, 4, 4);
  const NodeId small = graph.add("small", op::MaxPool{.stride = 2}, {0});
  try {
    graph.add("cell1.both", op::Concat{}, {0, small});
    FAIL() << "expected a refusal";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "[graph node cell1.both] expected inputs of one height and width; got (6,4,4) and (6,2,2)");
  }
  EXPECT_THROW(graph.add("none", op::Concat{}, {}), UsageError);
}

// --- counts

struct Counts {
  std::int64_t parameters;
  std::int64_t macs;
};

Counts counts(const Graph& graph) { return {parameters(graph), macs(graph)}; }

/// DARTS's separable convolution on (channels,size,size): twice depthwise, pointwise, batch norm.
Counts separable(int channels, int kernel, int size, int stride) {
  Graph graph = images(channels, size, size);
  NodeId now = 0;
  for (const int i : {1, 2}) {
    const std::string path = "half" + std::to_string(i);
    now = graph.add(path + ".relu", op::Relu{}, {now});
    now = graph.add(path + ".depthwise",
                    op::Conv2d{.out = channels,
                               .kernel = kernel,
                               .stride = i == 1 ? stride : 1,
                               .padding = kernel / 2,
                               .groups = channels},
                    {now});
    now = graph.add(path + ".pointwise", op::Conv2d{.out = channels}, {now});
    now = graph.add(path + ".bn", op::BatchNorm{}, {now});
  }
  return counts(graph);
}

/// DARTS's factorised reduce of (channels,size,size): two convolutions of stride 2, one of them shifted by a pixel.
Counts factorised_reduce(int channels, int size) {
  Graph graph = images(channels, size, size);
  const NodeId relu = graph.add("relu", op::Relu{}, {0});
  const op::Conv2d half{.out = channels / 2, .stride = 2};
  const NodeId even = graph.add("even", half, {relu});
  const NodeId odd = graph.add("odd", half, {graph.add("shift", op::Shift{}, {relu})});
  graph.add("bn", op::BatchNorm{}, {graph.add("both", op::Concat{}, {even, odd})});
  return counts(graph);
}

// The counts of whole DARTS networks (36 channels, 20 cells) differ by what their edges have; pools have nothing. These
// are recorded in other implementations' totals: 8 edges per cell, 72 channels from 32x32 and 144 from 16x16 in the two
// reduction cells, where all edges have stride 2.
constexpr Counts kAllMaxPool{1370134, 227272330};
constexpr Counts kAllSkip{1580950, 248505994};
constexpr Counts kAllSeparable5x5{5144086, 817833610};

TEST(Counts, OfAFactorisedReduceAreThoseOfPublishedNetworks) {
  const Counts first = factorised_reduce(72, 32);
  const Counts second = factorised_reduce(144, 16);
  EXPECT_EQ(8 * (first.parameters + second.parameters), kAllSkip.parameters - kAllMaxPool.parameters);
  EXPECT_EQ(8 * (first.macs + second.macs), kAllSkip.macs - kAllMaxPool.macs);
}

TEST(Counts, OfASeparableConvolutionAreThoseOfPublishedNetworks) {
  Counts all{0, 0};
  const auto add = [&](int cells, const Counts& edge) {
    all.parameters += 8 * cells * edge.parameters;
    all.macs += 8 * cells * edge.macs;
  };
  add(6, separable(36, 5, 32, 1));
  add(1, separable(72, 5, 32, 2));
  add(6, separable(72, 5, 16, 1));
  add(1, separable(144, 5, 16, 2));
  add(6, separable(144, 5, 8, 1));
  EXPECT_EQ(all.parameters, kAllSeparable5x5.parameters - kAllMaxPool.parameters);
  EXPECT_EQ(all.macs, kAllSeparable5x5.macs - kAllMaxPool.macs);
}

TEST(Counts, ABiasIsOneMoreInput) {
  const auto of = [](bool bias) {
    Graph graph = images(6, 5, 4);
    graph.add("conv", op::Conv2d{.out = 4, .kernel = 3, .padding = 1, .groups = 2, .bias = bias}, {0});
    return counts(graph);
  };
  EXPECT_EQ(of(false).parameters, 4 * 3 * 9);
  EXPECT_EQ(of(true).parameters, 4 * (3 * 9 + 1));
  EXPECT_EQ(of(true).macs, 4 * (3 * 9 + 1) * 5 * 4);
}

TEST(Counts, LearnedCoefficientsAreParametersButNotMacs) {
  Graph graph = images(4, 4, 4);
  graph.add("positive", op::Sum{.coefficients = Coefficients::positive}, {0, 0, 0});
  graph.add("alpha", op::Sum{.coefficients = Coefficients::architecture, .architecture = "alpha"}, {0, 0});
  graph.add("norm", op::BatchNorm{.affine = false}, {0});
  EXPECT_EQ(parameters(graph), 3);
  EXPECT_EQ(macs(graph), 0);
}

}  // namespace
}  // namespace tse
