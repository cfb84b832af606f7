#pragma once

#include "tse/data/image_set.h"
#include "tse/train/train.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// Trains the super-network of a job that has a path sampler (`OneShot`): the store of all that the space's
/// architectures learn, under the norms of arXiv 2001.00326's one-shot models (Norms::batch). At each step the
/// sampler's paths see one mini-batch; the gradients of their losses, each divided by the number of paths, make one
/// update. A step's loss is the mean of the paths'. Checkpoints, observer and verdict are those of `train`; at the end
/// the weights stay in the checkpoint, for candidates.
Trace train_supernet(const Job& job, const DataSet& data, const TrainOptions& options);

}  // namespace tse
