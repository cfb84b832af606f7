#include <cmath>
#include <optional>

#include "tse/base/ahead.h"
#include "tse/base/random.h"
#include "tse/train/batches.h"
#include "tse/train/job_network.h"
#include "tse/train/sgd.h"
#include "tse/train/steps.h"

namespace tse {
namespace {

/// Batches are made on the host, the next one while a step runs; the network is driven from here.
class HostSteps final : public Steps {
 public:
  HostSteps(const StepsOf& of, const torch::Device& device)
      : job_(of.job),
        device_(device),
        type_(of.options.scalar_type),
        has_auxiliaries_(!of.graph.auxiliaries().empty()),
        batches_(of.data, of.job.recipe, of.job.seed),
        network_(make_job_network(of.graph, of.store, of.job.engine, of.job.recipe)),
        sgd_(of.store, of.job.recipe) {}

  StepLosses make(std::int64_t first, std::int64_t /*end*/) override {
    const std::int64_t last = std::int64_t{job_.budget.epochs} * batches_.steps_per_epoch();
    if (!ahead_) ahead_.emplace([this](std::int64_t step) { return batches_.at(step); }, last);
    const Batch batch = ahead_->at(first);
    network_->begin_step(derive_seed(job_.seed, "drop", static_cast<std::uint64_t>(first)),
                         drop_path_scale(job_.recipe, first, batches_.steps_per_epoch()));
    const torch::Tensor labels =
        batch.labels.is_floating_point() ? batch.labels.to(device_, type_) : batch.labels.to(device_);
    const double loss = network_->loss_and_gradients(batch.images.to(device_, type_), labels);
    if (std::isfinite(loss)) sgd_.step(learning_rate(job_.recipe, first, batches_.steps_per_epoch()));
    if (!has_auxiliaries_) return {.total = {loss}};
    return {.total = {loss}, .output = {network_->output_loss()}};
  }

  torch::Tensor logits(const torch::Tensor& images) override {
    return network_->forward(images.to(device_, type_), Mode::evaluate);
  }

  std::map<std::string, torch::Tensor>& momenta() override { return sgd_.momenta(); }

 private:
  const Job& job_;
  torch::Device device_;
  torch::ScalarType type_;
  bool has_auxiliaries_;
  TrainBatches batches_;  // whose `at` the thread of ahead_ calls
  std::unique_ptr<Network> network_;
  Sgd sgd_;
  std::optional<Ahead<Batch>> ahead_;  // the last member: it uses the others
};

}  // namespace

std::unique_ptr<Steps> make_host_steps(const StepsOf& of, const torch::Device& device) {
  return std::make_unique<HostSteps>(of, device);
}

}  // namespace tse
