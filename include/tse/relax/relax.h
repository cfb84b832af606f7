#pragma once

#include "tse/data/image_set.h"
#include "tse/train/train.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// Trains the mixture of all architectures of the job's space, and with it what the job's method learns of these. The
/// trace has what would be chosen after every epoch; its losses are those of the weights' own steps. The numbers depend
/// on the job alone, however often the training is stopped and goes on. UsageError where the method needs validation
/// images that the data hold not, or the space cannot be mixed.
Trace train_relaxed(const Job& job, const DataSet& data, const TrainOptions& options);

}  // namespace tse
