#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "tse/base/json.h"
#include "tse/data/image_set.h"
#include "tse/train/resident.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse::bench {

/// A training by `tse`, its own loop from augmentation to update, that goes on for ever.
class OwnTraining {
 public:
  /// {"space", "arch", "batch", "engine": {precision, path, threads, device}, "kernels": by those of our own on a GPU}.
  explicit OwnTraining(const Json& contest);

  const torch::Device& device() const { return device_; }

  /// Trains with this seed until the observer, told after every few steps, has enough. Several threads may.
  void run(std::uint64_t seed, const std::function<bool(const Trace&, std::int64_t total)>& observer) const;

 private:
  Job job_;
  torch::Device device_;
  DataSet data_;
  std::shared_ptr<const ResidentImages> resident_;  // on a GPU
};

}  // namespace tse::bench
