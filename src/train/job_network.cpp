#include "tse/train/job_network.h"

#include <mutex>
#include <optional>
#include <utility>

#include "tse/net/device.h"

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

torch::Device device_of(const Engine& engine) {
  static std::mutex mutex;
  static std::optional<bool> told;
  const torch::Device device = find_device(engine.device);
  const bool tf32 = engine.precision == "tf32";
  const std::lock_guard lock(mutex);
  if (device.is_cuda() && told != tf32) compute_by_rule(tf32);
  if (device.is_cuda()) told = tf32;
  return device;
}

std::unique_ptr<Network> make_job_network(const Graph& graph, ParameterStore& store, const Engine& engine,
                                          const Recipe& recipe, std::shared_ptr<cpu::Workspace> workspace) {
  std::unique_ptr<Network> network = make_whole(graph, store, engine, std::move(workspace));
  if (images_at_once(recipe) == recipe.batch) return network;
  return make_network_in_parts(std::move(network), store, recipe.micro_batch);
}

}  // namespace tse
