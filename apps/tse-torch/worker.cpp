#include "worker.h"

#include <torch/torch.h>
#include <torch/version.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "data_record.h"
#include "tse/base/error.h"
#include "tse/base/program.h"
#include "tse/data/data.h"
#include "tse/exec/worker.h"
#include "tse/net/device.h"
#include "tse/proxy/score.h"
#include "tse/relax/relax.h"
#include "tse/store/open.h"
#include "tse/study/early_stop.h"
#include "tse/study/study.h"
#include "tse/supernet/candidate.h"
#include "tse/supernet/supernet.h"
#include "tse/train/job_network.h"
#include "tse/train/resident.h"
#include "tse/train/train.h"
#include "tse/trial/zero_cost.h"

namespace tse::engine {
namespace {

/// Images in memory, and on the GPU where the study trains on one.
struct Loaded {
  std::shared_ptr<const DataSet> data;
  std::shared_ptr<const ResidentImages> resident;
};

/// The images of the study's jobs, read once for all lanes, and held against what the study began with.
class Images {
 public:
  Images(Store& store, std::string study) : store_(store), study_(std::move(study)) {}

  Loaded of(const Job& job) {
    const std::lock_guard lock(mutex_);
    if (!loaded_.data || key_ != std::pair(job.data, job.recipe.valid_fraction)) {
      loaded_ = load(job);
      key_ = {job.data, job.recipe.valid_fraction};
    }
    return loaded_;
  }

 private:
  Loaded load(const Job& job) {
    auto data = std::make_shared<const DataSet>(make_data(job.data)->load(job.recipe.valid_fraction));
    const DataRecord mine = record_of(*data);
    const DataRecord first = data_record_from_json(store_.remember("data", to_json(mine)), study_);
    if (!mine.agrees_with(first)) {
      throw DataError(job.data, "expected the images that the study began with, SHA-256 {}; got {}", first.digest,
                      mine.digest);
    }
    std::shared_ptr<const ResidentImages> resident;
    if (const torch::Device device = device_of(job.engine); !device.is_cpu()) {
      resident = std::make_shared<const ResidentImages>(data->train, make_pixel_table(data->normalisation), device);
    }
    return {.data = std::move(data), .resident = std::move(resident)};
  }

  std::mutex mutex_;
  Store& store_;
  std::string study_;
  std::pair<std::string, double> key_;
  Loaded loaded_;
};

Progress progress_of(const Trace& trace, std::int64_t steps_total) {
  return {.steps = static_cast<std::int64_t>(trace.step_loss.size()),
          .steps_total = steps_total,
          .images_per_second = trace.seconds > 0 ? static_cast<double>(trace.images) / trace.seconds : 0,
          .last_loss = trace.step_loss.empty() ? 0 : trace.step_loss.back()};
}

/// The super-network of the candidates, mapped once for many.
class Weights {
 public:
  explicit Weights(std::filesystem::path study) : study_(std::move(study)) {}

  std::shared_ptr<const MappedCheckpoint> of(const OneShot& one_shot) {
    const std::filesystem::path file =
        one_shot.supernet ? checkpoint_file(study_, *one_shot.supernet) : std::filesystem::path(one_shot.file);
    const std::lock_guard lock(mutex_);
    if (!mapped_ || mapped_->place != file.string())
      mapped_ = std::make_shared<const MappedCheckpoint>(map_checkpoint(file));
    return mapped_;
  }

 private:
  std::mutex mutex_;
  std::filesystem::path study_;
  std::shared_ptr<const MappedCheckpoint> mapped_;
};

/// What trains, as the manifest names it.
Json engine_facts(const Engine& engine) {
  Json facts = {{"libtorch", TORCH_VERSION}, {"cuda", torch::cuda::is_available()}};
  const torch::Device device = device_of(engine);
  if (device.is_cpu()) return facts;
  facts.update(device_facts(device));
  facts["tf32"] = engine.precision == "tf32";
  return facts;
}

/// Trains or scores a trial; `study` is its file.
Trace run_trial(const Claim& claim, Reporter& reporter, Images& images, Weights& weights,
                const std::filesystem::path& study) {
  const Job& job = claim.job;
  torch::set_num_threads(job.engine.threads);
  const Loaded loaded = images.of(job);
  std::vector<StaticScore> scores;
  if (job.scoring) {
    const auto tell = [&](int done, int total) {
      return reporter.report(job.trains() ? Progress{} : Progress{.steps = done, .steps_total = total});
    };
    Trace scored = score(job, *loaded.data, {.observer = tell, .scalar_type = torch::kFloat});
    if (!job.trains() || scored.status == TraceStatus::running) return scored;
    scores = std::move(scored.scores);
  }
  const TrainOptions options{
      .checkpoint = checkpoint_file(study, job.number),
      .observer = [&](const Trace& so_far, std::int64_t total) { return reporter.report(progress_of(so_far, total)); },
      .verdict = verdict_of(job),
      .scalar_type = torch::kFloat,
      .most_steps = std::nullopt,
      .resident = loaded.resident};
  if (job.relaxed) return train_relaxed(job, *loaded.data, options);
  if (job.one_shot && job.one_shot->is_supernet()) return train_supernet(job, *loaded.data, options);
  Trace trace = job.one_shot ? train_candidate(job, *loaded.data, *weights.of(*job.one_shot), options)
                             : train(job, *loaded.data, options);
  trace.scores = std::move(scores);  // of the fresh network: a training that goes on computes them again
  return trace;
}

}  // namespace

int run_worker(const std::filesystem::path& study, int lanes) {
  const auto store = open_store(study, Access::write);
  const Plan plan = plan_from_json(store->plan(), study.string());
  store->remember("engine", engine_facts(plan.engine));
  Images images(*store, study.string());
  if (store->count() > 0) {
    const Loaded loaded = images.of(store->trial(0).job);  // reading may take longer than a claim may stay silent
    expect_images(plan.verb == "score" ? plan.estimators : plan.scores,
                  static_cast<std::int64_t>(loaded.data->split.train.size()));
  }
  keep_freed_memory();  // from here on: what reading took is given back
  Weights weights(study);
  const auto run = [&](const Claim& claim, Reporter& reporter) {
    return run_trial(claim, reporter, images, weights, study);
  };
  if (lanes == 1) return work(*store, self(), run);
  const auto make_lane = [&] { return Lane{.store = open_store(study, Access::write), .run = run}; };
  return work_in_lanes(lanes, make_lane, self());
}

}  // namespace tse::engine
