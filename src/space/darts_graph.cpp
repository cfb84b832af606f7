#include "darts_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "darts_places.h"
#include "tse/base/error.h"

namespace tse {
namespace {

constexpr int kStem = 3;  // times C channels

/// Every method returns the node that holds its result.
struct DartsBuilder {
  const DartsOptions& options;
  const PickedPlaces& picked;
  std::vector<std::string> names = darts_operations(options.none);
  Graph graph;

  int channels_of(NodeId id) const { return graph.node(id).shape.channels; }

  /// Of what is searched, and of the cells' preprocessing.
  NodeId norm(const std::string& name, NodeId from) {
    return graph.add(name, op::BatchNorm{.affine = picked.norms == Norms::own, .track = picked.norms != Norms::batch},
                     {from});
  }
  NodeId conv(const std::string& name, NodeId from, int out, int kernel, int stride = 1, int dilation = 1,
              int groups = 1) {
    return graph.add(name,
                     op::Conv2d{.out = out,
                                .kernel = kernel,
                                .stride = stride,
                                .padding = dilation * (kernel - 1) / 2,
                                .dilation = dilation,
                                .groups = groups},
                     {from});
  }
  NodeId relu(const std::string& name, NodeId from) { return graph.add(name, op::Relu{}, {from}); }

  NodeId relu_conv_bn(const std::string& name, NodeId from, int out) {
    return norm(name + ".bn", conv(name + ".conv", relu(name + ".relu", from), out, 1));
  }
  /// Two convolutions of stride 2, the second of the image one pixel on.
  NodeId factorized_reduce(const std::string& name, NodeId from, int out) {
    const NodeId active = relu(name + ".relu", from);
    const NodeId first = conv(name + ".conv_1", active, out / 2, 1, 2);
    const NodeId shifted = graph.add(name + ".shift", op::Shift{.by = 1}, {active});
    const NodeId second = conv(name + ".conv_2", shifted, out - out / 2, 1, 2);
    return norm(name + ".bn", graph.add(name + ".concat", op::Concat{}, {first, second}));
  }
  NodeId depthwise_separable(const std::string& name, NodeId from, int kernel, int stride, int dilation) {
    const int channels = channels_of(from);
    const NodeId active = relu(name + ".relu", from);
    const NodeId depthwise = conv(name + ".depthwise", active, channels, kernel, stride, dilation, channels);
    return norm(name + ".bn", conv(name + ".pointwise", depthwise, channels, 1));
  }
  NodeId pool(const std::string& name, NodeId from, int stride, bool max) {
    const NodeId pooled =
        max ? graph.add(name + ".pool", op::MaxPool{.kernel = 3, .stride = stride, .padding = 1}, {from})
            : graph.add(name + ".pool", op::AvgPool{.kernel = 3, .stride = stride, .padding = 1}, {from});
    return picked.norms == Norms::own ? pooled : norm(name + ".bn", pooled);  // DARTS has one while it searches
  }

  NodeId operation(const std::string& name, const std::string& which, NodeId from, int stride) {
    if (which == "none") {
      const NodeId small =
          stride == 1 ? from
                      : graph.add(name + ".pool", op::AvgPool{.kernel = 1, .stride = stride, .padding = 0}, {from});
      return graph.add(name, op::Zero{}, {small});
    }
    if (which == "skip_connect")
      return stride == 1 ? graph.add(name, op::Identity{}, {from}) : factorized_reduce(name, from, channels_of(from));
    if (which == "max_pool_3x3" || which == "avg_pool_3x3") return pool(name, from, stride, which == "max_pool_3x3");
    const int kernel = which.ends_with("5x5") ? 5 : 3;
    if (which.starts_with("dil")) return depthwise_separable(name, from, kernel, stride, 2);
    return depthwise_separable(name + ".second", depthwise_separable(name + ".first", from, kernel, stride, 1), kernel,
                               1, 1);
  }

  NodeId edge(const std::string& cell, const char* kind, int to, int from, NodeId input, int stride,
              const Picked& which, const std::string& more) {
    const Place place{.name = darts_edge_name(kind, to, from), .options = names};
    return add_partial_choice(
        graph, fmt::format("{}.edge_{}_{}{}", cell, to, from, more), place, which, picked.part, input,
        [&](const std::string& path, NodeId in, int option) {
          const NodeId result = operation(path, names[static_cast<std::size_t>(option)], in, stride);
          const bool drops =
              alone() && options.drop_path > 0 && !std::holds_alternative<op::Identity>(graph.node(result).op);
          return drops ? graph.add(path + ".drop", op::DropPath{.rate = options.drop_path}, {result}) : result;
        },
        [&](NodeId others) {
          if (stride == 1) return others;
          return graph.add(graph.node(others).name + ".pool", op::MaxPool{.kernel = 2, .stride = 2, .padding = 0},
                           {others});
        });
  }

  /// Of what DARTS trains an architecture with beside the network itself, super-networks and mixtures have nothing.
  bool alone() const { return !picked.picks.empty() && picked.paths == OptionPaths::of_place; }

  /// A classifier of maps of 8 to 10 pixels a side.
  void auxiliary_head(NodeId from, int classes) {
    const Shape& shape = graph.node(from).shape;
    if (std::min(shape.height, shape.width) < 8 || std::max(shape.height, shape.width) > 10) {
      throw UsageError(
          "space darts",
          "expected images of 32 to 40 pixels a side for the auxiliary head, which sees a quarter; got {}x{} there",
          shape.height, shape.width);
    }
    NodeId last = relu("auxiliary.relu", from);
    last = graph.add("auxiliary.pool", op::AvgPool{.kernel = 5, .stride = 3, .padding = 0}, {last});
    last = graph.add("auxiliary.first.bn", op::BatchNorm{}, {conv("auxiliary.first.conv", last, 128, 1)});
    last =
        graph.add("auxiliary.second.conv", op::Conv2d{.out = 768, .kernel = 2}, {relu("auxiliary.first.relu", last)});
    last = graph.add("auxiliary.second.bn", op::BatchNorm{}, {last});
    last = relu("auxiliary.second.relu", last);
    graph.add_auxiliary(graph.add("auxiliary.linear", op::Linear{.out = classes}, {last}), options.auxiliary);
  }

  /// Of one architecture two edges lead to each node; of the mixture those from all earlier ones.
  NodeId node(const std::string& cell, int kind, int to, const std::vector<NodeId>& earlier, bool reduces) {
    const char* kind_name = kDartsCells[static_cast<std::size_t>(kind)];
    std::vector<NodeId> inputs;
    const auto add = [&](int from, const Picked& which, const std::string& more) {
      const int stride = reduces && from < kCellInputs ? 2 : 1;
      inputs.push_back(edge(cell, kind_name, to, from, earlier[static_cast<std::size_t>(from)], stride, which, more));
    };
    if (picked.picks.empty()) {
      for (int from = 0; from < to; ++from) {
        add(from,
            {.option = std::nullopt,
             .paths = picked.paths,
             .kept = picked.kept.empty() ? std::vector<int>() : picked.kept.at(darts_edge_number(kind, to, from))},
            "");
      }
    } else {
      const auto [first, second] = darts_node_edges(picked.picks.front(), options, kind, to);
      add(first.from, {.option = first.operation, .paths = picked.paths}, "");
      add(second.from, {.option = second.operation, .paths = picked.paths}, second.from == first.from ? "_again" : "");
    }
    return graph.add(fmt::format("{}.node_{}", cell, to), op::Sum{}, inputs);
  }

  NodeId cell(const std::string& name, NodeId before, NodeId last, int channels, bool reduces, bool after_reduction) {
    std::vector<NodeId> nodes = {after_reduction ? factorized_reduce(name + ".input_0", before, channels)
                                                 : relu_conv_bn(name + ".input_0", before, channels),
                                 relu_conv_bn(name + ".input_1", last, channels)};
    for (int to = kCellInputs; to < kCellInputs + kCellNodes; ++to)
      nodes.push_back(node(name, reduces ? 1 : 0, to, nodes, reduces));
    return graph.add(name + ".concat", op::Concat{}, {nodes.begin() + kCellInputs, nodes.end()});
  }
};

}  // namespace

Graph darts_graph(const DartsOptions& options, const PickedPlaces& picked, const Task& task) {
  if (task.input.height % 4 != 0 || task.input.width % 4 != 0)
    throw UsageError("space darts", "expected images whose sides are multiples of 4, for two halvings; got {}x{}",
                     task.input.height, task.input.width);
  if (options.channels % picked.part != 0 || options.channels / picked.part < 2)
    throw UsageError("space darts", "expected channels of which one in {} is whole and more than one; there are {}",
                     picked.part, options.channels);
  DartsBuilder build{.options = options, .picked = picked, .graph = {}};
  NodeId last = build.conv("stem.conv", build.graph.add_input(task.input), kStem * options.channels, 3);
  last = build.graph.add("stem.bn", op::BatchNorm{}, {last});
  NodeId before = last;
  int channels = options.channels;
  bool after_reduction = false;
  for (int cell = 0; cell < options.cells; ++cell) {
    const bool reduces = cell == options.cells / 3 || cell == 2 * options.cells / 3;
    if (reduces) channels *= 2;
    const NodeId out = build.cell(fmt::format("cell{}", cell + 1), before, last, channels, reduces, after_reduction);
    if (cell == 2 * options.cells / 3 && options.auxiliary > 0 && build.alone())
      build.auxiliary_head(out, task.classes);
    before = std::exchange(last, out);
    after_reduction = reduces;
  }
  last = build.graph.add("head.pool", op::GlobalAvgPool{}, {last});
  build.graph.add("head.linear", op::Linear{.out = task.classes}, {last});
  return build.graph;
}

}  // namespace tse
