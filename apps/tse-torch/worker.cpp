#include "worker.h"

#include <torch/torch.h>
#include <torch/version.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/program.h"
#include "tse/data/data.h"
#include "tse/exec/worker.h"
#include "tse/proxy/score.h"
#include "tse/study/study.h"
#include "tse/train/train.h"

namespace tse::engine {
namespace {

DataRecord record_of(const DataSet& data) {
  return {.digest = data.digest,
          .task = {.input = {.channels = data.train.channels, .height = data.train.height, .width = data.train.width},
                   .classes = data.train.classes()},
          .train = static_cast<int>(data.split.train.size()),
          .valid = static_cast<int>(data.split.valid.size()),
          .test = data.test.count};
}

/// The images of the study's jobs, read once, and held against what the study began with.
class Images {
 public:
  Images(Store& store, std::string study) : store_(store), study_(std::move(study)) {}

  const DataSet& of(const Job& job) {
    if (!data_ || key_ != std::pair(job.data, job.recipe.valid_fraction)) {
      data_ = std::make_unique<DataSet>(make_data(job.data)->load(job.recipe.valid_fraction));
      key_ = {job.data, job.recipe.valid_fraction};
      const DataRecord mine = record_of(*data_);
      const DataRecord first = data_record_from_json(store_.remember("data", to_json(mine)), study_);
      if (mine != first) {
        throw DataError(job.data, "expected the images that the study began with, SHA-256 {}; got {}", first.digest,
                        mine.digest);
      }
    }
    return *data_;
  }

 private:
  Store& store_;
  std::string study_;
  std::pair<std::string, double> key_;
  std::unique_ptr<DataSet> data_;
};

Progress progress_of(const Trace& trace, std::int64_t steps_total) {
  return {.steps = static_cast<std::int64_t>(trace.step_loss.size()),
          .steps_total = steps_total,
          .images_per_second = trace.seconds > 0 ? static_cast<double>(trace.images) / trace.seconds : 0,
          .last_loss = trace.step_loss.empty() ? 0 : trace.step_loss.back()};
}

}  // namespace

int run_worker(const std::filesystem::path& study) {
  const auto store = open_sqlite_study(study, Access::write);
  store->remember("engine", {{"libtorch", TORCH_VERSION}, {"cuda", torch::cuda::is_available()}});
  Images images(*store, study.string());
  const auto run = [&](const Claim& claim, Reporter& reporter) {
    const Job& job = claim.job;
    torch::set_num_threads(job.engine.threads);
    const DataSet& data = images.of(job);
    if (job.scoring) {
      const auto tell = [&](int done, int total) { return reporter.report({.steps = done, .steps_total = total}); };
      return score(job, data, {.observer = tell, .scalar_type = torch::kFloat});
    }
    return train(
        job, data,
        {.checkpoint = checkpoint_file(study, job.number),
         .observer = [&](const Trace& trace, std::int64_t total) { return reporter.report(progress_of(trace, total)); },
         .scalar_type = torch::kFloat,
         .most_steps = std::nullopt});
  };
  if (store->count() > 0) images.of(store->trial(0).job);  // reading may take longer than a claim may stay silent
  keep_freed_memory();                                     // from here on: what reading took is given back
  return work(*store, self(), run);
}

}  // namespace tse::engine
