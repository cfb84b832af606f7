#include "tse/train/steps.h"

#include "tse/base/error.h"
#include "tse/net/network.h"
#include "tse/train/whole_step.h"

namespace tse {

std::unique_ptr<Steps> make_steps(const StepsOf& of, const torch::Device& device) {
  const Engine& engine = of.job.engine;
  const bool real = of.options.scalar_type == torch::kFloat;
  const bool in_parts = images_at_once(of.job.recipe) < of.job.recipe.batch;
  const bool clips = of.job.recipe.clip > 0;
  const bool whole = real && device.is_cuda() && !in_parts && !clips && WholeStep::can_train(of.graph);
  const bool fast = whole || (real && device.is_cpu() && has_fast_network(of.graph));
  if (engine.path == "fast" && !fast) {
    throw UsageError("--path fast", "expected ops that have fast kernels; use --path reference");
  }
  if ((engine.path == "reference" || !fast) && engine.precision != "fp32") {
    throw UsageError("--precision " + engine.precision, "expected the fast path; the reference path has fp32 only");
  }
  if (whole && engine.path != "reference") return make_device_steps(of, device);
  return make_host_steps(of, device);
}

}  // namespace tse
