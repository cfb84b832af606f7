#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "support/random_graph.h"
#include "tse/base/random.h"
#include "tse/export/model.h"
#include "tse/space/space.h"

namespace tse {

inline bool has_architecture_weights(const Graph& graph) {
  return std::ranges::any_of(graph.nodes(), [](const Node& node) {
    const auto* sum = std::get_if<op::Sum>(&node.op);
    return sum != nullptr && sum->coefficients == op::Sum::Coefficients::architecture;
  });
}

inline bool has_statistics_of_batches(const Graph& graph) {
  return std::ranges::any_of(graph.nodes(), [](const Node& node) {
    const auto* norm = std::get_if<op::BatchNorm>(&node.op);
    return norm != nullptr && !norm->track;
  });
}

/// A model with weights and statistics away from where they start, so that none can be mistaken for another.
inline Model disturbed_model(Graph graph, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  Model model{.graph = std::move(graph), .store = {}, .mean = {}, .deviation = {}, .class_names = {}};
  model.store.add(model.graph, seed, torch::kFloat);
  torch::manual_seed(seed);
  for (auto& [name, tensor] : model.store.parameters) tensor.add_(0.3 * torch::randn(tensor.sizes()));
  for (auto& [name, tensor] : model.store.buffers)
    tensor.copy_(name.ends_with("var") ? 0.5 + torch::rand(tensor.sizes()) : torch::randn(tensor.sizes()));
  for (int channel = 0; channel < model.graph.node(0).shape.channels; ++channel) {
    model.mean.push_back(0.4 + 0.05 * channel);
    model.deviation.push_back(0.2 + 0.05 * channel);
  }
  for (int i = 0; i < model.graph.output().shape.channels; ++i)
    model.class_names.push_back("class " + std::to_string(i));
  model.facts = {{"arch", "random"}, {"seed", std::to_string(seed)}};
  return model;
}

/// Of all ops, those of architecture weights apart.
inline Model random_model(Stream& random, std::uint64_t seed) {
  for (;;) {
    Graph graph = random_graph(random, false);
    if (!has_architecture_weights(graph)) return disturbed_model(std::move(graph), seed);
  }
}

inline std::vector<Model> nb201_models(int count) {
  const auto space = make_space("nb201:channels=4,cells=2");
  const Task task{.input = {.channels = 3, .height = 16, .width = 16}, .classes = 7};
  std::vector<Model> models;
  for (const Arch& arch : sample_unique(*space, count, 5))
    models.push_back(disturbed_model(space->lower(arch, task), models.size()));
  return models;
}

/// Names that neither Python nor a module takes as they are.
inline Model oddly_named_model() {
  Graph graph;
  NodeId id = graph.add_input({.channels = 2, .height = 6, .width = 6});
  const auto conv = op::Conv2d{.out = 2, .kernel = 3, .padding = 1, .bias = true};
  for (const char* name : {"forward", "a", "a.b", "a-b", "class.1", "stage.0.weight", "\xc3\xa9tage", "x.", "b.type",
                           "c", "b.to", "mean", "images", "self", "_", "training"}) {
    id = graph.add(name, conv, {id});
  }
  id = graph.add("logits", op::GlobalAvgPool{}, {id});
  graph.add("Network", op::Linear{.out = 3}, {id});
  Model model = disturbed_model(std::move(graph), 1);
  model.class_names = {"\"quoted\" \\ {0}", "two\nlines\t\"\"\"", "\xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80"};
  model.facts = {{"arch", "'''\"\"\"\n import os"}, {"\xc3\xa9", "\\"}};
  return model;
}

/// A layer of each kind in a chain, and parts within parts that have several inputs and outputs.
inline Model nested_model() {
  Graph graph;
  const NodeId in = graph.add_input({.channels = 4, .height = 6, .width = 6});
  const NodeId a = graph.add("cell.a.conv", op::Conv2d{.out = 4}, {in});
  const NodeId b = graph.add("cell.b.conv", op::Conv2d{.out = 4}, {a});
  const NodeId sum = graph.add("cell.b.sum", op::Sum{.coefficients = op::Sum::Coefficients::positive}, {a, b});
  const NodeId far = graph.add("cell.a.far", op::Relu{}, {sum});  // scattered
  const NodeId next = graph.add("next.conv", op::Conv2d{.out = 4}, {b});
  const NodeId both = graph.add("next.both", op::Sum{}, {next, far, in});
  const NodeId linear = graph.add("squeeze.pool", op::GlobalAvgPool{}, {both});
  const NodeId inner = graph.add("squeeze.linear", op::Linear{.out = 5}, {linear});
  const NodeId drop = graph.add("squeeze.drop", op::Dropout{.rate = 0.5}, {inner});
  graph.add("squeeze.path", op::DropPath{.rate = 0.1}, {drop});  // the output: logits without a linear layer
  return disturbed_model(std::move(graph), 3);
}

}  // namespace tse
