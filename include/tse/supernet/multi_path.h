#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tse/net/parameter_store.h"
#include "tse/paths/sampler.h"
#include "tse/space/space.h"
#include "tse/supernet/sub_networks.h"
#include "tse/train/sgd.h"
#include "tse/trial/job.h"

namespace tse {

/// Steps of a super-network's training: several paths see one mini-batch, and make one update of SGD.
class MultiPath {
 public:
  /// `decay_unused`: in the authors' PyTorch a parameter that is on no path of a step has a gradient of zero once it
  /// was on one, so its momentum and weight decay go on; without, nothing happens to it. The store must outlive this.
  MultiPath(const std::shared_ptr<const Space>& space, const Task& task, const Engine& engine, const Recipe& recipe,
            bool decay_unused, ParameterStore& store);

  /// The mean loss of the paths over a mini-batch, images (N,C,H,W) and labels (N) int64; the parameters' `grad` is
  /// that of this mean afterwards, where it is finite. `seed` is of what drops.
  double gradients(const torch::Tensor& images, const torch::Tensor& labels, const std::vector<Path>& paths,
                   std::uint64_t seed);

  /// Updates the parameters by their gradients, and forgets these.
  void update(double learning_rate) { sgd_.step(learning_rate); }

  /// Takes note of what a step had on its paths, as `gradients` does.
  void note(const std::vector<Path>& paths);

  /// Whether every parameter has been on a path.
  bool knows_all() const { return used_.size() == store_.parameters.size(); }

  std::map<std::string, torch::Tensor>& momenta() { return sgd_.momenta(); }

 private:
  void decay_unused();

  ParameterStore& store_;
  SubNetworks networks_;
  Sgd sgd_;
  bool decay_unused_;
  std::set<std::string> used_;  // parameters that have been on a path
};

}  // namespace tse
