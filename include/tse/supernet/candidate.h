#pragma once

#include "tse/data/image_set.h"
#include "tse/net/parameter_store.h"
#include "tse/train/train.h"
#include "tse/trial/checkpoint.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// The splits of a candidate's evaluations beside "valid".
inline constexpr const char* kValidBatch = "valid-batch";      // the last step's mini-batch of validation images
inline constexpr const char* kValidBatches = "valid-batches";  // the mean over those of all steps of an epoch

/// Trains a candidate from the weights of a super-network: its own copy of the architecture's parameters and running
/// statistics, a fresh optimiser, and the mini-batches that the job's seed says, the same for all candidates
/// (arXiv 2006.04492, section 4.2). An "epoch" of its trace is `OneShot::batches` mini-batches. After each step it
/// looks at one mini-batch of validation images in their fixed order; after each epoch, and before the first, where the
/// budget validates, at all of them. `weights` is not changed. DataError where it lacks what the architecture needs.
Trace train_candidate(const Job& job, const DataSet& data, const MappedCheckpoint& weights,
                      const TrainOptions& options);

}  // namespace tse
