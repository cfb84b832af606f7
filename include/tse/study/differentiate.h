#pragma once

#include <vector>

#include "tse/study/plan.h"

namespace tse {

// A study of differentiable searches: all seeds of its first method, then those of the second, and so on. All
// methods of a seed see the same mini-batches, and begin with the same weights where these are of one shape.

std::vector<Job> differentiate_jobs(const Plan& plan);

/// The search of a trial.
struct DifferentiatePlace {
  int method = 0;
  int seed = 0;
};
DifferentiatePlace differentiate_place(const DifferentiatePlan& plan, int trial);

}  // namespace tse
