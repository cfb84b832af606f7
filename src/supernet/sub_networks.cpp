#include "tse/supernet/sub_networks.h"

#include <utility>

namespace tse {

SubNetworks::SubNetworks(std::shared_ptr<const Space> space, const Task& task, const Engine& engine,
                         ParameterStore& store)
    : space_(std::move(space)),
      task_(task),
      engine_(engine),
      store_(store),
      workspace_(std::make_shared<cpu::Workspace>()) {}

Graph SubNetworks::graph(const Path& path) const { return space_->sub_network(path, task_, Norms::batch); }

std::unique_ptr<Network> SubNetworks::make(const Path& path) const {
  const Graph network = graph(path);
  const auto& any = store_.parameters.begin()->second;
  const bool fast = any.is_cpu() && any.scalar_type() == torch::kFloat && has_fast_network(network);
  if (engine_.path == "reference" || !fast) return make_reference_network(network, store_);
  const auto precision = engine_.precision == "bf16" ? cpu::Precision::bf16 : cpu::Precision::fp32;
  return make_fast_network(network, store_,
                           {.precision = precision, .threads = engine_.threads, .workspace = workspace_});
}

}  // namespace tse
