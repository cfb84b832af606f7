#pragma once

#include <memory>

#include "tse/paths/sampler.h"
#include "tse/space/space.h"
#include "tse/train/job_network.h"

namespace tse {

/// Makes the networks of paths, which run on one store: another one at every step of a super-network's training. What
/// the fast path needs beside the weights is kept from one to the next.
class SubNetworks {
 public:
  /// The store must outlive this and all that it makes. Networks are those of make_job_network.
  SubNetworks(std::shared_ptr<const Space> space, const Task& task, const Engine& engine, const Recipe& recipe,
              ParameterStore& store);

  /// The network of the path, for this step or candidate.
  std::unique_ptr<Network> make(const Path& path) const;

  /// The graph of the path, as it is lowered.
  Graph graph(const Path& path) const;

 private:
  std::shared_ptr<const Space> space_;
  Task task_;
  Engine engine_;
  Recipe recipe_;
  ParameterStore& store_;
  std::shared_ptr<cpu::Workspace> workspace_;
};

}  // namespace tse
