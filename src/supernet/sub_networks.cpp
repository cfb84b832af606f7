#include "tse/supernet/sub_networks.h"

#include <utility>

namespace tse {

SubNetworks::SubNetworks(std::shared_ptr<const Space> space, const Task& task, const Engine& engine,
                         const Recipe& recipe, ParameterStore& store)
    : space_(std::move(space)),
      task_(task),
      engine_(engine),
      recipe_(recipe),
      store_(store),
      workspace_(std::make_shared<cpu::Workspace>()) {}

Graph SubNetworks::graph(const Path& path) const { return space_->sub_network(path, task_, Norms::batch); }

std::unique_ptr<Network> SubNetworks::make(const Path& path) const {
  return make_job_network(graph(path), store_, engine_, recipe_, workspace_);
}

}  // namespace tse
