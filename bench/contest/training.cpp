#include "training.h"

#include <cstdlib>
#include <string>

#include "tse/base/option.h"
#include "tse/data/data.h"
#include "tse/train/job_network.h"
#include "tse/train/train.h"

namespace tse::bench {
namespace {

constexpr const char* kPlace = "contest";
constexpr const char* kImages = "synthetic:size=32,train_images=5120";  // 3x32x32
constexpr int kEpochs = 100'000;                                        // for ever

Job job_of(const Json& contest) {
  Job job{.space = member<std::string>(contest, "space", kPlace),
          .arch = {member<std::string>(contest, "arch", kPlace)},
          .data = kImages,
          .recipe = {.batch = member<int>(contest, "batch", kPlace), .valid_fraction = 0},
          .budget = {.epochs = kEpochs}};
  assign(job.engine.options(), contest.at("engine"), kPlace);
  return job;
}

}  // namespace

OwnTraining::OwnTraining(const Json& contest)
    : job_(job_of(contest)),
      device_(device_of(job_.engine)),
      data_(make_data(job_.data)->load(job_.recipe.valid_fraction)) {
  torch::set_num_threads(job_.engine.threads);
  ::setenv("TSE_GPU_KERNELS", member<bool>(contest, "kernels", kPlace) ? "1" : "0", 1);
  if (!device_.is_cpu())
    resident_ = std::make_shared<const ResidentImages>(data_.train, make_pixel_table(data_.normalisation), device_);
}

void OwnTraining::run(std::uint64_t seed, const std::function<bool(const Trace&, std::int64_t total)>& observer) const {
  Job job = job_;
  job.seed = seed;
  train(job, data_, {.observer = observer, .resident = resident_});
}

}  // namespace tse::bench
