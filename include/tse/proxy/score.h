#pragma once

#include <torch/torch.h>

#include <functional>

#include "tse/data/image_set.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

struct ScoreOptions {
  std::function<bool(int done, int total)> observer = {};  // told before every score; says whether to go on
  torch::ScalarType scalar_type = torch::kFloat;           // of weights and activations, SynFlow's apart
};

/// The job's zero-cost scores of its network, freshly initialised as a training of the job would begin, batch norm in
/// training mode. A score that cannot be had is kFailedScore with its reason. Returns a trace that is `running` where
/// the observer stopped it, else `ok`. UsageError where there are fewer training images than a score looks at;
/// DataError where the device is missing.
Trace score(const Job& job, const DataSet& data, const ScoreOptions& options);

}  // namespace tse
