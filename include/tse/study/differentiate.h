#pragma once

#include <vector>

#include "tse/study/plan.h"

namespace tse {

// A study of differentiable searches: all seeds of its first method, then those of the second, and so on. A seed begins
// all methods with the same weights and shows them the same mini-batches.

std::vector<Job> differentiate_jobs(const Plan& plan);

/// The search of a trial.
struct DifferentiatePlace {
  int method = 0;
  int seed = 0;
};
DifferentiatePlace differentiate_place(const DifferentiatePlan& plan, int trial);

}  // namespace tse
