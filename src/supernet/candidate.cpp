#include "tse/supernet/candidate.h"

#include <fmt/ranges.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <span>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/random.h"
#include "tse/net/device.h"
#include "tse/space/space.h"
#include "tse/supernet/sub_networks.h"
#include "tse/train/batches.h"
#include "tse/train/sgd.h"
#include "tse/train/steps.h"

namespace tse {
namespace {

using Clock = std::chrono::steady_clock;

/// Copies of what the graph needs of a super-network.
ParameterStore inherited(const Graph& graph, const MappedCheckpoint& weights, const torch::TensorOptions& options) {
  ParameterStore store;
  store.add(graph, 0, options);  // shapes and types
  const torch::NoGradGuard no_grad;
  const auto copy = [&](const std::string& name, torch::Tensor& to) {
    const auto found = weights.tensors.find(name);
    if (found == weights.tensors.end() || found->second.shape != to.sizes().vec())
      throw DataError(weights.place, "expected '{}' of shape ({}), which this architecture inherits; {}", name,
                      fmt::join(to.sizes(), ","), found == weights.tensors.end() ? "it has none" : "it has another");
    const auto type = found->second.type == "float64" ? torch::kDouble : torch::kFloat;
    to.copy_(torch::from_blob(const_cast<std::uint8_t*>(found->second.data.data()), to.sizes(), type));
  };
  for (auto& [name, tensor] : store.parameters) copy(name, tensor);
  for (auto& [name, tensor] : store.buffers) copy(name, tensor);
  return store;
}

class Candidate {
 public:
  Candidate(const Job& job, const DataSet& data, const MappedCheckpoint& weights, const TrainOptions& options)
      : job_(job),
        data_(data),
        options_(options),
        device_(device_of(job.engine)),
        space_(make_space(job.space)),
        table_(make_pixel_table(data.normalisation)),
        store_(inherited(space_->sub_network(job.arch, task_of(data), Norms::batch), weights,
                         torch::TensorOptions(device_).dtype(options.scalar_type))),
        networks_(space_, task_of(data), job.engine, job.recipe, store_),
        network_(networks_.make({job.arch})),
        sgd_(store_, job.recipe),
        batches_(data, job.recipe, job.seed) {
    expect_engine(job.engine, networks_.graph({job.arch}), device_, options.scalar_type);
    trace_.batch = job.recipe.batch;
    trace_.train_images = job.one_shot->batches * job.recipe.batch;
  }

  Trace run() {
    const Clock::time_point start = Clock::now();
    const std::int64_t total = std::int64_t{job_.budget.epochs} * job_.one_shot->batches;
    for (int epoch = 0;; ++epoch) {
      if (job_.budget.valid_every > 0 && epoch % job_.budget.valid_every == 0 && !validate(epoch, total)) return trace_;
      if (epoch == job_.budget.epochs) break;
      for (int i = 0; i < job_.one_shot->batches; ++i) {
        if (!step()) return trace_;
        trace_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
        if (options_.observer && !options_.observer(trace_, total)) return trace_;
      }
      end_epoch(epoch + 1);
    }
    trace_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    trace_.status = TraceStatus::ok;
    return trace_;
  }

 private:
  struct Looked {
    double loss = 0;  // sums over images
    double right = 0;
    int images = 0;
  };

  /// False after a loss that is not finite.
  bool step() {
    const auto number = static_cast<std::int64_t>(trace_.step_loss.size());
    const Batch batch = batches_.at(number);
    network_->begin_step(derive_seed(job_.seed, "drop", static_cast<std::uint64_t>(number)));
    const double loss =
        network_->loss_and_gradients(batch.images.to(device_, options_.scalar_type), batch.labels.to(device_));
    trace_.step_loss.push_back(loss);
    trace_.images += batch.labels.size(0);
    if (!std::isfinite(loss)) {
      trace_.status = TraceStatus::diverged;
      trace_.reason = fmt::format("the loss of step {} is not finite", number + 1);
      return false;
    }
    sgd_.step(learning_rate(job_.recipe, number, batches_.steps_per_epoch()));
    if (!data_.split.valid.empty()) {
      last_ = look(valid_batch(number));
      epoch_.loss += last_.loss / last_.images;
      epoch_.right += last_.right / last_.images;
    }
    return true;
  }

  /// The validation images of a step: the next ones in their order, from the first again after the last.
  std::span<const int> valid_batch(std::int64_t number) const {
    const std::span<const int> all = data_.split.valid;
    const auto size = static_cast<std::size_t>(job_.recipe.batch);
    const std::size_t batches = (all.size() + size - 1) / size;
    const std::size_t first = static_cast<std::size_t>(number) % batches * size;
    return all.subspan(first, std::min(size, all.size() - first));
  }

  Looked look(std::span<const int> indices) {
    const torch::NoGradGuard no_grad;
    const Batch batch = plain_batch(data_.train, indices, table_);
    const torch::Tensor labels = batch.labels.to(device_);
    const torch::Tensor logits = network_->forward(batch.images.to(device_, options_.scalar_type), Mode::evaluate);
    const auto sum = torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum);
    return {.loss = torch::nn::functional::cross_entropy(logits, labels, sum).item<double>(),
            .right = static_cast<double>((logits.argmax(1) == labels).sum().item<std::int64_t>()),
            .images = static_cast<int>(indices.size())};
  }

  void record(const char* split, int epoch, double loss, double accuracy) {
    trace_.evaluations.push_back({.split = split, .epoch = epoch, .loss = loss, .accuracy = accuracy});
  }

  void end_epoch(int epoch) {
    if (data_.split.valid.empty()) return;
    record(kValidBatch, epoch, last_.loss / last_.images, last_.right / last_.images);
    record(kValidBatches, epoch, epoch_.loss / job_.one_shot->batches, epoch_.right / job_.one_shot->batches);
    epoch_ = {};
  }

  /// All validation images. False where the observer stopped it.
  bool validate(int epoch, std::int64_t total) {
    const std::span<const int> all = data_.split.valid;
    if (all.empty()) return true;
    constexpr std::size_t most = kEvaluationBatch;
    Looked sum;
    for (std::size_t first = 0; first < all.size(); first += most) {
      const Looked part = look(all.subspan(first, std::min(most, all.size() - first)));
      sum.loss += part.loss;
      sum.right += part.right;
      if (options_.observer && !options_.observer(trace_, total)) return false;
    }
    const auto count = static_cast<double>(all.size());
    record("valid", epoch, sum.loss / count, sum.right / count);
    return true;
  }

  const Job& job_;
  const DataSet& data_;
  const TrainOptions& options_;
  torch::Device device_;
  std::shared_ptr<const Space> space_;
  PixelTable table_;
  ParameterStore store_;
  SubNetworks networks_;
  std::unique_ptr<Network> network_;
  Sgd sgd_;
  TrainBatches batches_;
  Trace trace_;
  Looked last_;   // of the last step's validation mini-batch
  Looked epoch_;  // means over images, added up over the epoch's steps
};

}  // namespace

Trace train_candidate(const Job& job, const DataSet& data, const MappedCheckpoint& weights,
                      const TrainOptions& options) {
  if (!job.one_shot || !job.one_shot->sampler.empty())
    throw UsageError("candidate", "expected a job that inherits a super-network's weights");
  expect_supernet(weights, job.space);
  return Candidate(job, data, weights, options).run();
}

}  // namespace tse
