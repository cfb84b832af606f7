#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tse/data/image_set.h"
#include "tse/net/parameter_store.h"
#include "tse/space/graph.h"
#include "tse/train/train.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// Of steps one after another, what their gradients are of.
struct StepLosses {
  std::vector<double> total;
  std::vector<double> output = {};  // of the network's output alone, where auxiliary logits add to it; or none
};

/// How the steps of one training are made: each on its own, or several at once on a device.
class Steps {
 public:
  virtual ~Steps() = default;

  /// Makes the training's next steps from number `first` on: at least one, none from `end` on. Returns their losses; of
  /// several the last ones are of no use after one that is not finite, and so are the parameters. None where it was
  /// told to stop on the way: then all is as before.
  virtual StepLosses make(std::int64_t first, std::int64_t end) = 0;

  /// (N,classes) logits of images (N,C,H,W) on the host, normalised, in evaluation.
  virtual torch::Tensor logits(const torch::Tensor& images) = 0;

  /// By parameter name; zeros before the first step.
  virtual std::map<std::string, torch::Tensor>& momenta() = 0;

  /// What else the steps to come depend on, by name.
  virtual std::map<std::string, torch::Tensor>& state() {
    static std::map<std::string, torch::Tensor> none;
    return none;
  }

  /// Gives all that a step depends on the shapes that it has at this one, before its values are read back.
  virtual void be_at(std::int64_t /*step*/) {}

  /// Of a differentiable search, what it would choose now.
  virtual std::optional<Found> found() const { return std::nullopt; }
};

/// What the steps of a training are made of; all of it must outlive them.
struct StepsOf {
  const Job& job;
  const DataSet& data;
  const Graph& graph;
  ParameterStore& store;
  const TrainOptions& options;
  std::function<bool()> alive;  // to be called now and then by who takes long; false: stop
};

/// UsageError where no network of the graph can run as the engine says: on the fast path, or in bf16, which that alone
/// has. `whole`: whether the whole step goes to the device.
void expect_engine(const Engine& engine, const Graph& graph, const torch::Device& device, torch::ScalarType type,
                   bool whole = false);

/// The job's way to make steps; UsageError where the network or device cannot go it.
std::unique_ptr<Steps> make_steps(const StepsOf& of, const torch::Device& device);

using MakeSteps = std::function<std::unique_ptr<Steps>(const StepsOf& of, const torch::Device& device)>;

/// What a training trains, where that is not the network of the job's architecture.
struct Subject {
  Graph graph;  // whose parameters it learns
  MakeSteps make_steps;
};

/// As `train`, of this.
Trace train(const Job& job, const DataSet& data, const TrainOptions& options, Subject subject);

std::unique_ptr<Steps> make_host_steps(const StepsOf& of, const torch::Device& device);
std::unique_ptr<Steps> make_device_steps(const StepsOf& of, const torch::Device& device);

}  // namespace tse
