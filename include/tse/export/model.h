#pragma once

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

#include "tse/net/parameter_store.h"
#include "tse/space/graph.h"

namespace tse {

/// A trained network as it leaves: it takes images as people have them, float (N,C,H,W) with pixels in [0,1], and gives
/// (N,classes) logits. Normalisation is a part of it.
struct Model {
  Graph graph;
  ParameterStore store;                                         // of float32 on the CPU
  std::vector<double> mean;                                     // per channel, of pixels in [0,1]
  std::vector<double> deviation;                                // the graph's input is (pixels - mean)/deviation
  std::vector<std::string> class_names;                         // one per logit, UTF-8
  std::vector<std::pair<std::string, std::string>> facts = {};  // what it is and how it was trained, UTF-8, by name
};

/// What every form of a file can hold. UsageError, naming the node, where a sum takes architecture weights, which
/// belong to a search, or the graph is no classifier; naming the member, where names and numbers do not fit the graph.
void expect_exportable(const Model& model);

/// Logits (N,classes) of our own network for images with pixels in [0,1]: the reference path in evaluation.
torch::Tensor logits_of(const Model& model, const torch::Tensor& images);

/// So many images with random pixels of the 256 values that a byte gives, (N,C,H,W) in [0,1].
torch::Tensor random_pixels(const Model& model, int count, std::uint64_t seed);

/// Largest difference over the largest absolute value of `ours`. NaN where either has a value that is not finite.
double relative_difference(const torch::Tensor& theirs, const torch::Tensor& ours);

}  // namespace tse
