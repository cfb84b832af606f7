#pragma once

#include <string>
#include <vector>

#include "tse/report/differentiate.h"

namespace tse {

// What the text and the page of a differentiable search say alike.

/// What a run chose after an epoch.
struct FoundNow {
  const Found* found = nullptr;
  double outcome = kMissing;
  double skips = kMissing;
  double entropy = kMissing;
};

/// After its last epoch so far; `found` is null where it has none.
FoundNow last_found(const DifferentiateRun& run);

/// The first run that found something; null where none has.
const DifferentiateRun* first_found(const DifferentiateMethod& method);

/// What a method's searches chose in the end; those that run or failed are no result.
struct MethodResult {
  int finished = 0;
  std::vector<double> outcomes = {};
  std::vector<double> skips = {};
  std::vector<double> entropies = {};
};
MethodResult result_of(const DifferentiateMethod& method);

/// Of an outcome in percent, or of a fraction.
int outcome_decimals(const DifferentiateView& view);

/// What random, the largest network and the best have in the table; empty where it is not known of any.
std::string references_sentence(const DifferentiateView& view);

/// What trains from scratch an architecture that a run found.
std::string train_command(const DifferentiateView& view, const Found& found);

}  // namespace tse
