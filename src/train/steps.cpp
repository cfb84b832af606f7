#include "tse/train/steps.h"

#include "tse/base/error.h"
#include "tse/net/network.h"
#include "tse/train/whole_step.h"

namespace tse {

void expect_engine(const Engine& engine, const Graph& graph, const torch::Device& device, torch::ScalarType type,
                   bool whole) {
  const bool fast = whole || (type == torch::kFloat && device.is_cpu() && has_fast_network(graph));
  if (engine.path == "fast" && !fast) {
    throw UsageError("--path fast", "expected ops that have fast kernels; use --path reference");
  }
  if ((engine.path == "reference" || !fast) && engine.precision == "bf16") {
    throw UsageError("--precision bf16", "expected the fast path; the reference path has none");
  }
  if (engine.precision == "tf32" && device.is_cpu())
    throw UsageError("--precision tf32", "expected a GPU; a CPU has none");
}

std::unique_ptr<Steps> make_steps(const StepsOf& of, const torch::Device& device) {
  const Engine& engine = of.job.engine;
  const bool real = of.options.scalar_type == torch::kFloat;
  const bool in_parts = images_at_once(of.job.recipe) < of.job.recipe.batch;
  const Recipe& recipe = of.job.recipe;
  const bool plain = recipe.clip == 0 && recipe.mixup == 0 && recipe.label_smoothing == 0 && recipe.resized_crop == 0;
  const bool whole = real && device.is_cuda() && !in_parts && plain && WholeStep::can_train(of.graph);
  expect_engine(engine, of.graph, device, of.options.scalar_type, whole);
  if (whole && engine.path != "reference") return make_device_steps(of, device);
  return make_host_steps(of, device);
}

}  // namespace tse
