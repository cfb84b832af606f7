#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tse/net/network.h"
#include "tse/net/parameter_store.h"
#include "tse/net/replay.h"
#include "tse/space/graph.h"
#include "tse/train/resident.h"
#include "tse/trial/recipe.h"

namespace tse {

/// Training steps that are made on the device from the batch to the update, with nothing of them on the host: recorded
/// once for each size of batch, then replayed. The losses stay on the device until the last step of a call.
///
/// The parameters that the graph has become parts of one float32 tensor, so that the update is a few operations however
/// many they are; the store's tensors are views of it. In bfloat16, weights of convolutions and linear layers and all
/// activations are rounded to it in each step, statistics and the update are float32.
class WholeStep {
 public:
  /// Most steps of one call.
  static constexpr std::int64_t kMostSteps = 256;

  /// Whether the graph can be trained so: not where something is drawn on the host in each step.
  static bool can_train(const Graph& graph);

  /// The store is of float32 on the images' device and has the graph's parameters. Store and images must outlive this.
  WholeStep(const Graph& graph, ParameterStore& store, const Recipe& recipe, const ResidentImages& images,
            torch::ScalarType activations);

  /// Makes a step for each batch, at its learning rate, and returns the losses, the mean over the images of each. After
  /// a loss that is not finite the parameters are of no use.
  std::vector<double> run(const std::vector<std::vector<DrawnImage>>& batches, const std::vector<double>& rates);

  /// (N,classes) float32 logits of images of any floating-point type on the device, in evaluation.
  torch::Tensor logits(const torch::Tensor& images);

  /// By parameter name, views like the parameters; zeros before the first step.
  std::map<std::string, torch::Tensor>& momenta() { return momenta_; }

 private:
  /// Where a parameter is in the flat tensors.
  struct Place {
    std::string name;
    std::vector<std::int64_t> shape;
    std::int64_t first;
    std::int64_t count;
    bool rounded;  // to the type of the activations
  };

  void lay_out(const Graph& graph);
  torch::Tensor view(const torch::Tensor& flat, const Place& place) const;
  std::vector<torch::Tensor> refresh_working(bool gradients);
  torch::Tensor gathered(const std::vector<torch::Tensor>& gradients, bool rounded) const;
  Replay& replay_of(std::int64_t images);
  void step(std::int64_t images);
  void update(const torch::Tensor& gradient);
  std::vector<torch::Tensor> state() const;

  ParameterStore& store_;
  const ResidentImages& images_;
  torch::ScalarType activations_;
  double momentum_;
  double weight_decay_;
  bool nesterov_;
  std::int64_t batch_;

  std::vector<Place> places_;    // the rounded ones first
  std::int64_t rounded_ = 0;     // values of the flat tensors that are rounded: the first ones
  torch::Tensor flat_;           // all parameters, each from a multiple of 16 values on
  torch::Tensor flat_momentum_;  // theirs
  torch::Tensor gap_;            // 16 zeros
  std::map<std::string, torch::Tensor> momenta_;
  ParameterStore working_;  // what the network reads: parameters of the step under way, the store's buffers
  std::unique_ptr<Network> network_;

  torch::Tensor numbers_;   // (kMostSteps, batch, 8) int64, what the images of the steps drew
  torch::Tensor rates_;     // (kMostSteps) float
  torch::Tensor losses_;    // (kMostSteps) float
  torch::Tensor position_;  // (1) int64, the step of the call
  std::map<std::int64_t, std::unique_ptr<Replay>> replays_;  // by the size of the batch
};

}  // namespace tse
