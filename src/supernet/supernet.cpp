#include "tse/supernet/supernet.h"

#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "tse/base/ahead.h"
#include "tse/base/error.h"
#include "tse/base/random.h"
#include "tse/net/device.h"
#include "tse/paths/sampler.h"
#include "tse/space/space.h"
#include "tse/supernet/multi_path.h"
#include "tse/train/batches.h"
#include "tse/train/steps.h"

namespace tse {
namespace {

/// The mini-batches of a training, each for the paths that its sampler says.
class SupernetSteps final : public Steps {
 public:
  SupernetSteps(const StepsOf& of, const torch::Device& device)
      : job_(of.job),
        device_(device),
        type_(of.options.scalar_type),
        space_(make_space(of.job.space)),
        batches_(of.data, of.job.recipe, of.job.seed),
        training_(space_, task_of(of.data), of.job.engine, of.job.recipe, of.job.one_shot->decay_unused, of.store),
        sampler_(make_path_rule(of.job.one_shot->sampler)->begin(space_, task_of(of.data), of.job.seed)) {
    expect_engine(of.job.engine, of.graph, device, type_);
  }

  StepLosses make(std::int64_t first, std::int64_t /*end*/) override {
    if (!ahead_) begin(first);
    const Batch batch = ahead_->at(first);
    const double loss =
        training_.gradients(batch.images.to(device_, type_), batch.labels.to(device_), sampler_->paths(first),
                            derive_seed(job_.seed, "drop", static_cast<std::uint64_t>(first)));
    if (std::isfinite(loss)) training_.update(learning_rate(job_.recipe, first, batches_.steps_per_epoch()));
    return {.total = {loss}};
  }

  torch::Tensor logits(const torch::Tensor& /*images*/) override {
    throw UsageError("super-network", "expected no evaluation while it is trained; its candidates are evaluated");
  }

  std::map<std::string, torch::Tensor>& momenta() override { return training_.momenta(); }

 private:
  /// Knows what the steps before the first have used, as if it had made them.
  void begin(std::int64_t first) {
    const std::int64_t last = std::int64_t{job_.budget.epochs} * batches_.steps_per_epoch();
    ahead_.emplace([this](std::int64_t step) { return batches_.at(step); }, last);
    for (std::int64_t step = 0; step < first && !training_.knows_all(); ++step) training_.note(sampler_->paths(step));
  }

  const Job& job_;
  torch::Device device_;
  torch::ScalarType type_;
  std::shared_ptr<const Space> space_;
  TrainBatches batches_;  // whose `at` the thread of ahead_ calls
  MultiPath training_;
  std::unique_ptr<PathSampler> sampler_;
  std::optional<Ahead<Batch>> ahead_;  // the last member: it uses the others
};

}  // namespace

Trace train_supernet(const Job& job, const DataSet& data, const TrainOptions& options) {
  if (!job.one_shot || job.one_shot->sampler.empty())
    throw UsageError("super-network", "expected a job with a path sampler; got none");
  return train(job, data, options,
               {.graph = make_space(job.space)->mixed(task_of(data), Norms::batch),
                .make_steps = [](const StepsOf& of, const torch::Device& device) -> std::unique_ptr<Steps> {
                  return std::make_unique<SupernetSteps>(of, device);
                }});
}

}  // namespace tse
