#pragma once

#include <vector>

#include "tse/base/random.h"
#include "tse/space/choices.h"

namespace tse {

/// A density over all places at once, as Optuna's multivariate TPE has it (Falkner et al. 2018, arXiv 1807.01774, for
/// the joint density): one component per result, weighted by linear forgetting, and a uniform one of weight `prior`. At
/// each place a component has weight 1 for the option of its result, and prior/(n+1) for every option, n results.
class ParzenMixture {
 public:
  /// `results` in the order they came.
  ParzenMixture(std::vector<Picks> results, const std::vector<Place>& places, double prior);

  Picks draw(Stream& random) const;
  double density(const Picks& picks) const;

 private:
  std::vector<Picks> results_;
  std::vector<std::size_t> options_;  // how many each place has
  std::vector<double> weights_;       // of the results, then of the uniform component; their sum is 1
  double smoothing_;
};

}  // namespace tse
