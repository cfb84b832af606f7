#include "tse/train/job_network.h"

#include <utility>

namespace tse {
namespace {

std::unique_ptr<Network> make_whole(const Graph& graph, ParameterStore& store, const Engine& engine,
                                    std::shared_ptr<cpu::Workspace> workspace) {
  const torch::Tensor& any = store.parameters.begin()->second;
  const bool fast = any.is_cpu() && any.scalar_type() == torch::kFloat && has_fast_network(graph);
  if (engine.path == "reference" || !fast) return make_reference_network(graph, store);
  const auto precision = engine.precision == "bf16" ? cpu::Precision::bf16 : cpu::Precision::fp32;
  return make_fast_network(graph, store,
                           {.precision = precision, .threads = engine.threads, .workspace = std::move(workspace)});
}

}  // namespace

std::unique_ptr<Network> make_job_network(const Graph& graph, ParameterStore& store, const Engine& engine,
                                          const Recipe& recipe, std::shared_ptr<cpu::Workspace> workspace) {
  std::unique_ptr<Network> network = make_whole(graph, store, engine, std::move(workspace));
  if (images_at_once(recipe) == recipe.batch) return network;
  return make_network_in_parts(std::move(network), store, recipe.micro_batch);
}

}  // namespace tse
