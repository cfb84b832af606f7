// What tse is measured against computes the same function.

#include "contest/eager.h"
#include "contest/eager_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tse/net/convolution.h"
#include "tse/net/network.h"
#include "tse/space/space.h"

namespace tse {
namespace {

/// The parameters in the order of the graph's nodes, as the eager network registers its own.
std::vector<torch::Tensor> in_graph_order(const Graph& graph, const ParameterStore& store) {
  std::vector<torch::Tensor> all;
  for (const Node& node : graph.nodes()) {
    for (const char* name : {".weight", ".bias"}) {
      const auto found = store.parameters.find(node.name + name);
      if (found != store.parameters.end()) all.push_back(found->second);
    }
  }
  return all;
}

TEST(EagerNetwork, ComputesWhatTheReferencePathDoes) {
  leave_out_unsound_convolutions();
  const auto space = make_space("nb201:channels=6,cells=2");
  for (const Arch& arch : sample_unique(*space, 12, 3)) {
    const Graph graph = space->lower(arch, Task{.input = {.channels = 3, .height = 16, .width = 16}, .classes = 7});
    ParameterStore store;
    store.add(graph, 1, torch::TensorOptions().dtype(torch::kFloat));
    bench::EagerNetwork eager(arch.text, 6, 2, 7);

    const std::vector<torch::Tensor> ours = in_graph_order(graph, store);
    std::vector<torch::Tensor> theirs = eager->parameters();
    ASSERT_EQ(ours.size(), theirs.size()) << arch.text;
    const torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      ASSERT_EQ(ours[i].sizes(), theirs[i].sizes()) << arch.text;
      theirs[i].copy_(ours[i]);
    }
    const torch::Tensor images = torch::randn({5, 3, 16, 16});
    const torch::Tensor expected = make_reference_network(graph, store)->forward(images, Mode::train);
    EXPECT_LT((eager->forward(images) - expected).abs().max().item<double>(), 1e-4) << arch.text;
  }
}

/// So does the one that is made of any graph, in every space.
TEST(EagerGraph, ComputesWhatTheReferencePathDoes) {
  leave_out_unsound_convolutions();
  for (const char* text : {"nb201:channels=6,cells=1", "darts:channels=4,cells=4", "darts:channels=4,cells=3,none=1",
                           "vanilla:max_depth=2,max_width=34", "resnext-b:max_depth=2,max_width=128",
                           "randwired:nodes=6,channels=6,features=16"}) {
    const auto space = make_space(text);
    for (const Arch& arch : sample_unique(*space, 6, 3)) {
      const Graph graph = space->lower(arch, Task{.input = {.channels = 3, .height = 16, .width = 16}, .classes = 7});
      ParameterStore store;
      store.add(graph, 1, torch::TensorOptions().dtype(torch::kFloat));
      bench::EagerGraph eager(graph);
      auto theirs = eager->named_parameters();
      ASSERT_EQ(theirs.size(), store.parameters.size()) << arch.text;
      const torch::NoGradGuard no_grad;
      for (const auto& [name, ours] : store.parameters) {
        const std::size_t dot = name.rfind('.');
        std::string layer = name.substr(0, dot);
        std::ranges::replace(layer, '.', '_');
        torch::Tensor* found = theirs.find(layer + name.substr(dot));
        if (found == nullptr) found = theirs.find(layer);  // what a sum learns
        ASSERT_NE(found, nullptr) << name;
        ASSERT_EQ(found->sizes(), ours.sizes()) << name;
        found->copy_(ours);
      }
      const torch::Tensor images = torch::randn({5, 3, 16, 16});
      const torch::Tensor expected = make_reference_network(graph, store)->forward(images, Mode::train);
      EXPECT_LT((eager->forward(images) - expected).abs().max().item<double>(), 1e-4) << text << ' ' << arch.text;
    }
  }
}

}  // namespace
}  // namespace tse
