#include "tse/space/mixed.h"

#include <gtest/gtest.h>

#include "tse/space/passes.h"

namespace tse {
namespace {

const Place kPlace{.name = "edge", .options = {"none", "conv", "skip"}};

/// An input and the same choice at two paths.
Graph two_choices(const Picked& picked) {
  Graph graph;
  NodeId now = graph.add_input({.channels = 2, .height = 4, .width = 4});
  for (const char* path : {"first.edge", "second.edge"}) {
    now = add_choice(graph, path, kPlace, picked, [&](const std::string& name, int option) {
      if (option == 0) return graph.add(name, op::Zero{}, {now});
      if (option == 1) return graph.add(name + ".conv", op::Conv2d{.out = 2}, {now});
      return graph.add(name, op::Identity{}, {now});
    });
  }
  return graph;
}

TEST(Mixed, IsTheSumOfAllOptions) {
  EXPECT_EQ(to_text(two_choices({})),
            "input input () -> (2,4,4)\n"
            "first.edge.none zero (input) -> (2,4,4)\n"
            "first.edge.conv.conv conv2d out=2 kernel=1 stride=1 padding=0 (input) -> (2,4,4)\n"
            "first.edge.skip identity (input) -> (2,4,4)\n"
            "first.edge sum architecture=edge (first.edge.none, first.edge.conv.conv, first.edge.skip) -> (2,4,4)\n"
            "second.edge.none zero (first.edge) -> (2,4,4)\n"
            "second.edge.conv.conv conv2d out=2 kernel=1 stride=1 padding=0 (first.edge) -> (2,4,4)\n"
            "second.edge.skip identity (first.edge) -> (2,4,4)\n"
            "second.edge sum architecture=edge (second.edge.none, second.edge.conv.conv, second.edge.skip) -> "
            "(2,4,4)\n");
}

TEST(Mixed, APickIsItsOptionAlone) {
  EXPECT_EQ(to_text(two_choices({.option = 1})),
            "input input () -> (2,4,4)\n"
            "first.edge.conv.conv conv2d out=2 kernel=1 stride=1 padding=0 (input) -> (2,4,4)\n"
            "second.edge.conv.conv conv2d out=2 kernel=1 stride=1 padding=0 (first.edge.conv.conv) -> (2,4,4)\n");
  EXPECT_EQ(to_text(two_choices({.option = 1, .paths = OptionPaths::of_place})),
            "input input () -> (2,4,4)\n"
            "first.edge.conv conv2d out=2 kernel=1 stride=1 padding=0 (input) -> (2,4,4)\n"
            "second.edge.conv conv2d out=2 kernel=1 stride=1 padding=0 (first.edge.conv) -> (2,4,4)\n");
}

/// Else the coefficients would belong to other options.
TEST(Mixed, KeepsItsZerosWhenSimplified) {
  const Graph graph = simplified(two_choices({}));
  EXPECT_EQ(graph.output().inputs.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<op::Zero>(graph.node(graph.output().inputs[0]).op));
}

TEST(Mixed, PicksPlaceByPlace) {
  const PickedPlaces picked{.picks = {Picks{2, 0}}, .paths = OptionPaths::of_place};
  EXPECT_EQ(picked.at(0).option, 2);
  EXPECT_EQ(picked.at(1).option, 0);
  EXPECT_EQ(picked.at(1).paths, OptionPaths::of_place);
  EXPECT_EQ(PickedPlaces{}.at(0).option, std::nullopt);
}

}  // namespace
}  // namespace tse
