#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tse/net/network.h"
#include "tse/net/parameter_store.h"
#include "tse/relax/arch_weights.h"
#include "tse/relax/widen.h"
#include "tse/space/space.h"
#include "tse/train/batches.h"
#include "tse/train/sgd.h"
#include "tse/trial/job.h"
#include "tse/trial/relaxation.h"

namespace tse {

/// Steps of differentiable search: of the weights of a mixture by SGD, and of the architecture's numbers by Adam. All
/// of one method: arXiv 1806.09055 (DARTS), 2006.10355 (DrNAS), 2006.04492 section 4.3 and its Algorithm 3 (training
/// speed). Losses are of a mini-batch before its update; one that is not finite is the last, and nothing moves by it.
class MixtureTraining {
 public:
  /// The store has the parameters of the first half's graph, and outlives this.
  MixtureTraining(std::shared_ptr<const Space> space, const Task& task, const Engine& engine, const Recipe& recipe,
                  const Relaxation& relaxation, std::uint64_t seed, ParameterStore& store);

  /// A step of the network's weights alone. `number` is that of the step in the whole training.
  double step(const Batch& batch, double learning_rate, std::int64_t number);

  /// One of both, the architecture's by the loss of validation images: before that of the weights, or, with softmax and
  /// in first order, after it, as the code of arXiv 2006.04492 has it.
  double validated_step(const Batch& batch, const Batch& validation, double learning_rate, std::int64_t number);

  /// One step of the weights w for each batch k, and one of the architecture a against sum_k c_k dL(w_k, a; k)/da, with
  /// c of `step_weights` (arXiv 2006.04492, Algorithm 3). Rolled back, it is of losses that the steps would have before
  /// the architecture moves, and the steps are made behind it. As many learning rates as batches, one or more. `alive`
  /// is called after every pass; where it says false, nothing was done and there are no losses.
  std::vector<double> summed_steps(std::span<const Batch> batches, std::span<const double> learning_rates,
                                   std::int64_t first, const std::function<bool()>& alive = {});

  /// Drops options, and sends twice the channels through those that stay.
  void begin_second_half();

  ArchWeights& architecture() { return architecture_; }
  const ArchWeights& architecture() const { return architecture_; }
  std::map<std::string, torch::Tensor>& momenta() { return sgd_.momenta(); }

  /// Gives weights the shapes of the second half; their values are to be read back, and the architecture's too.
  void take_shapes_of_second_half();

  void set_channel_draws(DrawChannels draws) { channels_ = std::move(draws); }

 private:
  enum class Pass : std::uint8_t { weights, ahead, architecture };

  Network& network();
  double loss(const Batch& batch, std::int64_t number, Pass pass, bool learns);
  void forget_gradients();
  double second_order(const Batch& batch, const Batch& validation, double learning_rate, std::int64_t number,
                      std::vector<torch::Tensor>& gradients);
  std::vector<torch::Tensor> gradients_at(const std::map<std::string, torch::Tensor>& start,
                                          const std::map<std::string, torch::Tensor>& direction, double by,
                                          const Batch& batch, std::int64_t number);
  struct Saved;
  Saved saved() const;
  void put_back(const Saved& saved);
  std::vector<double> run(std::span<const Batch> batches, std::span<const double> learning_rates, std::int64_t first,
                          Pass pass, std::vector<torch::Tensor>* gradients, const std::function<bool()>& alive);

  std::shared_ptr<const Space> space_;
  Task task_;
  Engine engine_;
  Recipe recipe_;
  Relaxation relaxation_;
  std::uint64_t seed_;
  ParameterStore& store_;
  ArchWeights architecture_;
  Sgd sgd_;
  DrawChannels channels_;
  std::vector<double> step_weights_;  // of a whole group; a shorter one has the last of them
  bool second_half_ = false;
  std::unique_ptr<Network> network_;
};

}  // namespace tse
