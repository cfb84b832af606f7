#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "tse/data/image_set.h"
#include "tse/space/space.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

class ResidentImages;  // tse/train/resident.h

/// Told after every step, or every few of a device, how the training stands; says whether to go on.
using Observer = std::function<bool(const Trace& trace, std::int64_t steps_total)>;

/// Asked whether the training is to end early, and if so, why: at the end of every epoch, wherever a race looks
/// (steps_between_looks), and at other steps, which depend on the device.
using Verdict = std::function<std::optional<std::string>(const Trace& trace)>;

struct TrainOptions {
  std::filesystem::path checkpoint = {};          // written now and then, and where a training goes on; empty: none.
                                                  // Its owner removes it once the trace is safe
  Observer observer = {};                         // may be empty
  Verdict verdict = {};                           // may be empty
  torch::ScalarType scalar_type = torch::kFloat;  // of weights and activations
  std::optional<std::int64_t> most_steps = {};    // for tests and measurements: stop early
  std::shared_ptr<const ResidentImages> resident = {};  // the training images on the device, where they are already
  double weight_noise = 0;  // for measurements: initial weights change by this fraction at most
};

/// What networks for these images are for.
Task task_of(const DataSet& data);

/// Trains one network and records its losses. With an existing checkpoint of the same job it goes on from there, with
/// the numbers of an undisturbed run. Returns a trace that is `running` where the observer stopped it (a checkpoint was
/// then written), `diverged` from the first loss that is not finite, `stopped` by the verdict, `ok` at the end of the
/// budget. DataError where the device is missing or a checkpoint cannot be written.
Trace train(const Job& job, const DataSet& data, const TrainOptions& options);

}  // namespace tse
