#include "tse/study/one_shot.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "tse/base/random.h"

namespace tse {
namespace {

/// How many candidates there are for each super-network.
int candidates_of(const OneShotPlan& plan) { return static_cast<int>(plan.archs.size()); }

Job candidate_job(const Plan& plan, int supernet, int candidate) {
  const OneShotPlan& one_shot = *plan.one_shot;
  const int number = one_shot.supernets + supernet * candidates_of(one_shot) + candidate;
  Job job = make_job(plan, {one_shot.archs.at(static_cast<std::size_t>(candidate))}, number);
  inherit(job, {.supernet = supernet, .batches = batches_of_epoch(one_shot)}, one_shot.recipe, plan.seed);
  return job;
}

}  // namespace

void inherit(Job& job, const OneShot& from, const std::string& recipe, std::uint64_t study_seed) {
  job.seed = derive_seed(study_seed, "candidates");  // the same mini-batches for all
  const Recipe supernets = job.recipe;
  job.recipe = parse_recipe(recipe);
  if (job.recipe.micro_batch == 0) job.recipe.micro_batch = supernets.micro_batch;
  job.recipe.valid_fraction = supernets.valid_fraction;  // the images are split once
  job.one_shot = from;
}

std::vector<Job> supernet_jobs(const Plan& plan) {
  const OneShotPlan& one_shot = *plan.one_shot;
  std::vector<Job> jobs;
  for (int number = 0; number < one_shot.supernets; ++number) {
    Job job = make_job(plan, {"super-network"}, number);
    job.budget = {
        .epochs = one_shot.epochs, .keep_weights = true, .checkpoint_seconds = plan.budget.checkpoint_seconds};
    job.scoring.reset();  // candidates have zero-cost scores
    job.one_shot = OneShot{.sampler = one_shot.sampler, .decay_unused = one_shot.decay_unused};
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::vector<Job> candidate_jobs(const Plan& plan, int supernet, int first) {
  std::vector<Job> jobs;
  for (int i = first; i < candidates_of(*plan.one_shot); ++i) jobs.push_back(candidate_job(plan, supernet, i));
  return jobs;
}

int one_shot_trials(const OneShotPlan& plan) { return plan.supernets * (1 + candidates_of(plan)); }

OneShotPlace one_shot_place(const OneShotPlan& plan, int trial) {
  if (trial < plan.supernets) return {.supernet = trial};
  const int candidates = candidates_of(plan);
  return {.supernet = (trial - plan.supernets) / candidates, .candidate = (trial - plan.supernets) % candidates};
}

int batches_of_epoch(const OneShotPlan& plan) {
  return std::accumulate(plan.batches.begin(), plan.batches.end(), 0, [](int a, int b) { return std::gcd(a, b); });
}

bool grow_one_shot(Store& store, const Plan& plan) {
  const OneShotPlan& one_shot = *plan.one_shot;
  for (int count = store.count(); count < one_shot_trials(one_shot); count = store.count()) {
    const OneShotPlace place = one_shot_place(one_shot, count);
    const Trial supernet = store.trial(place.supernet);
    if (supernet.state != TrialState::finished) return true;
    if (supernet.trace.status == TraceStatus::ok) {
      store.append(candidate_jobs(plan, place.supernet, *place.candidate));
    } else {
      store.append_finished(
          candidate_job(plan, place.supernet, *place.candidate),
          {.status = TraceStatus::failed,
           .reason = fmt::format("its super-network {}: {}", to_text(supernet.trace.status), supernet.trace.reason)});
    }
  }
  return false;
}

}  // namespace tse
