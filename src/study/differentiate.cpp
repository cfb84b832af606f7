#include "tse/study/differentiate.h"

#include <utility>

#include "tse/base/random.h"

namespace tse {

std::vector<Job> differentiate_jobs(const Plan& plan) {
  const DifferentiatePlan& differentiate = *plan.differentiate;
  std::vector<Job> jobs;
  for (std::size_t method = 0; method < differentiate.methods.size(); ++method) {
    for (int seed = 0; seed < differentiate.seeds; ++seed) {
      Job job = make_job(plan, {"mixture"}, static_cast<int>(jobs.size()));
      job.seed = derive_seed(plan.seed, "search", static_cast<std::uint64_t>(seed));
      job.recipe = parse_recipe(differentiate.recipes[method]);
      job.relaxed = Relaxed{.method = differentiate.methods[method]};
      jobs.push_back(std::move(job));
    }
  }
  return jobs;
}

DifferentiatePlace differentiate_place(const DifferentiatePlan& plan, int trial) {
  return {.method = trial / plan.seeds, .seed = trial % plan.seeds};
}

}  // namespace tse
