#include "tse/relax/relax.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "tse/base/ahead.h"
#include "tse/base/error.h"
#include "tse/base/random.h"
#include "tse/relax/mixture_training.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"
#include "tse/train/batches.h"
#include "tse/train/steps.h"

namespace tse {
namespace {

/// The mini-batches of a training, each for the step that its method makes of it. A group of steps whose losses are
/// summed is made at once, and ends with its epoch.
class RelaxedSteps final : public Steps {
 public:
  RelaxedSteps(const StepsOf& of, const torch::Device& device)
      : job_(of.job),
        data_(of.data),
        device_(device),
        type_(of.options.scalar_type),
        relaxation_(parse_relaxation(of.job.relaxed->method)),
        space_(make_space(of.job.space)),
        table_(make_pixel_table(of.data.normalisation)),
        batches_(of.data, of.job.recipe, of.job.seed),
        alive_(of.alive),
        training_(space_, task_of(of.data), of.job.engine, of.job.recipe, relaxation_, of.job.seed, of.store) {
    expect_engine(of.job.engine, of.graph, device, type_);
  }

  StepLosses make(std::int64_t first, std::int64_t end) override {
    const bool begins_half = relaxation_.kept > 0 && first == second_half_at();
    if (begins_half) training_.begin_second_half();
    if (!searches(first)) return {.total = {training_.step(on_device(batch(first)), rate(first), first)}};
    if (!relaxation_.speed) {
      const std::span<const int> valid = data_.split.valid;
      const Batch train = on_device(batch(first));
      const auto seed = derive_seed(job_.seed, "validation", static_cast<std::uint64_t>(first));
      const Batch drawn = drawn_batch(data_, valid, static_cast<int>(train.labels.size(0)), job_.recipe, table_, seed);
      return {.total = {training_.validated_step(train, on_device(drawn), rate(first), first)}};
    }
    std::vector<Batch> group;
    std::vector<double> rates;
    for (std::int64_t step = first; step < std::min(end, first + relaxation_.steps); ++step) {
      group.push_back(on_device(batch(step)));
      rates.push_back(rate(step));
    }
    // what the second half began with cannot be undone: its first group is made to its end, whoever wants to stop
    return {.total = training_.summed_steps(group, rates, first, [&] { return (!alive_ || alive_()) || begins_half; })};
  }

  torch::Tensor logits(const torch::Tensor& /*images*/) override {
    throw UsageError("mixture", "expected no evaluation while it is trained; what it finds is to be trained alone");
  }

  std::map<std::string, torch::Tensor>& momenta() override { return training_.momenta(); }
  std::map<std::string, torch::Tensor>& state() override { return training_.architecture().state(); }

  void be_at(std::int64_t step) override {
    if (relaxation_.kept > 0 && step > second_half_at()) training_.take_shapes_of_second_half();
  }

  std::optional<Found> found() const override {
    Shares shares = training_.architecture().shares();
    return Found{.epoch = 0, .arch = space_->derived(shares).text, .shares = std::move(shares)};
  }

 private:
  std::int64_t second_half_at() const { return std::int64_t{job_.budget.epochs} / 2 * batches_.steps_per_epoch(); }

  /// Whether the architecture moves at this step.
  bool searches(std::int64_t step) const {
    const std::int64_t half = second_half_at();
    const std::int64_t since = relaxation_.kept > 0 && step >= half ? step - half : step;
    return since >= std::int64_t{relaxation_.warmup_epochs} * batches_.steps_per_epoch();
  }

  double rate(std::int64_t step) const { return learning_rate(job_.recipe, step, batches_.steps_per_epoch()); }

  Batch batch(std::int64_t step) {
    const std::int64_t last = std::int64_t{job_.budget.epochs} * batches_.steps_per_epoch();
    if (!ahead_) ahead_.emplace([this](std::int64_t number) { return batches_.at(number); }, last);
    return ahead_->at(step);
  }

  Batch on_device(const Batch& batch) const {
    return {.images = batch.images.to(device_, type_), .labels = batch.labels.to(device_)};
  }

  const Job& job_;
  const DataSet& data_;
  torch::Device device_;
  torch::ScalarType type_;
  Relaxation relaxation_;
  std::shared_ptr<const Space> space_;
  PixelTable table_;
  TrainBatches batches_;  // whose `at` the thread of ahead_ calls
  std::function<bool()> alive_;
  MixtureTraining training_;
  std::optional<Ahead<Batch>> ahead_;  // the last member: it uses the others
};

}  // namespace

Trace train_relaxed(const Job& job, const DataSet& data, const TrainOptions& options) {
  if (!job.relaxed) throw UsageError("mixture", "expected a job with a method of differentiable search; got none");
  const Relaxation relaxation = parse_relaxation(job.relaxed->method);
  if (!relaxation.speed && data.split.valid.empty())
    throw UsageError("--data", "expected images that are held out, whose loss {} goes by; {} holds none out",
                     job.relaxed->method, job.data);
  return train(job, data, options,
               {.graph = make_space(job.space)->mixed(task_of(data), mixture_of(relaxation, false)),
                .make_steps = [](const StepsOf& of, const torch::Device& device) -> std::unique_ptr<Steps> {
                  return std::make_unique<RelaxedSteps>(of, device);
                }});
}

}  // namespace tse
