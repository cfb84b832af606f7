#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "tse/cpu/program.h"
#include "tse/net/parameter_store.h"
#include "tse/space/graph.h"

namespace tse {

/// Batch norm normalises with the batch's statistics and updates the running ones, or uses the running ones. Drop path
/// and dropout drop, or do not.
enum class Mode { train, evaluate };

/// A graph that runs: images in, logits out.
class Network {
 public:
  virtual ~Network() = default;

  /// `images` is (N,C,H,W), normalised, on the store's device; the result is (N,classes) logits. In training it is part
  /// of autograd's graph, and auxiliary logits, (N,classes) each, follow the output's.
  virtual torch::Tensor forward(const torch::Tensor& images, Mode mode) = 0;

  /// The cross entropy of a training batch, the mean over its images; `labels` is (N) int64, or (N,classes) what is
  /// wanted of each class, adding up to one. That of auxiliary logits is added times their weight. Where it is finite,
  /// the `grad` of each of the store's parameters that the network has is its gradient afterwards.
  virtual double loss_and_gradients(const torch::Tensor& images, const torch::Tensor& labels);

  /// Of the last call of loss_and_gradients, the cross entropy of the output alone.
  double output_loss() const { return output_loss_; }

  /// What drop path and dropout drop in the training passes that follow, until the next call: drawn from this seed as
  /// tse/space/drop.h says. `drop_path_scale` in [0,1] multiplies the rate of drop paths; schedules raise it with the
  /// epoch.
  void begin_step(std::uint64_t seed, double drop_path_scale = 1);

 protected:
  /// `output_weights`: of the losses of the output and of all auxiliary logits.
  explicit Network(std::vector<double> output_weights) : output_weights_(std::move(output_weights)) {}

  const std::vector<double>& output_weights() const { return output_weights_; }

  double output_loss_ = 0;
  std::uint64_t drop_seed_ = 0;
  double drop_path_scale_ = 1;

 private:
  std::vector<double> output_weights_;
};

/// Of the losses of a graph's output, 1, and of its auxiliary logits.
std::vector<double> output_weights(const Graph& graph);

/// The reference path: one plain libtorch operation per node of the simplified graph, on any device and in any
/// floating-point type. Activations are channels-last. The store must have the graph's parameters and outlive the
/// network; what it has as architecture weights is read anew in each pass.
std::unique_ptr<Network> make_reference_network(const Graph& graph, ParameterStore& store);

struct FastOptions {
  cpu::Precision precision = cpu::Precision::fp32;  // of activations
  int threads = 1;
  std::shared_ptr<cpu::Workspace> workspace = {};  // that networks share of which only one runs at a time; or its own
};

/// The fast path on a CPU: the graph compiled to one program (tse/cpu/program.h), one node of autograd's graph. The
/// store must be of float on the CPU, have the graph's parameters and outlive the network. Only the newest result of
/// `forward` can be differentiated, once, while the network lives.
std::unique_ptr<Network> make_fast_network(const Graph& graph, ParameterStore& store, const FastOptions& options);

/// The same network, which takes a training batch in parts of at most so many images, as even as can be, for less
/// memory: the loss is the mean over all of them, and gradients add up, but batch norm sees one part at a time. The
/// store is the network's; gradients that its parameters have before are part of the first part's, so there should be
/// none.
std::unique_ptr<Network> make_network_in_parts(std::unique_ptr<Network> whole, ParameterStore& store, int images);

/// Whether the fast path has kernels for all the graph's ops.
bool has_fast_network(const Graph& graph);

}  // namespace tse
