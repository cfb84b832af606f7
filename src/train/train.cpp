#include "tse/train/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <iterator>
#include <numeric>
#include <optional>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/path.h"
#include "tse/base/random.h"
#include "tse/base/write.h"
#include "tse/net/device.h"
#include "tse/space/graph.h"
#include "tse/space/passes.h"
#include "tse/space/space.h"
#include "tse/train/batches.h"
#include "tse/train/steps.h"
#include "tse/trial/checkpoint.h"

namespace tse {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargestCheckpoint = std::size_t{1} << 33;  // bytes

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

StoredTensor stored(const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous(torch::MemoryFormat::Contiguous);
  const auto* bytes = static_cast<const std::uint8_t*>(plain.data_ptr());
  return {.shape = plain.sizes().vec(),
          .type = plain.scalar_type() == torch::kDouble ? "float64" : "float32",
          .data = {bytes, bytes + plain.nbytes()}};
}

/// Whether the stored values are of this tensor's shape and type.
bool fits(const torch::Tensor& tensor, const StoredTensor& from) {
  const char* type = tensor.scalar_type() == torch::kDouble ? "float64" : "float32";
  return tensor.sizes().vec() == from.shape && from.type == type;
}

void restore(torch::Tensor& tensor, const StoredTensor& from) {
  const torch::NoGradGuard no_grad;
  tensor.copy_(torch::from_blob(const_cast<std::uint8_t*>(from.data.data()), from.shape, tensor.scalar_type()));
}

/// One rule for every way to train, before any step of it.
void expect_no_lone_values(const Graph& graph, const Job& job, const DataSet& data) {
  const int images = static_cast<int>(data.split.train.size());
  const int rest = images % job.recipe.batch;
  const int least = rest == 0 ? std::min(images, job.recipe.batch) : rest;
  const Graph simple = simplified(with_auxiliaries(graph));
  if (const Node* norm = lone_batch_norm(simple, least)) {
    throw UsageError(
        "--batch",
        "expected several values per channel in each batch norm; of {} training images in batches of {} the "
        "last has one image, and {} sees it as 1x1: choose another batch",
        images, job.recipe.batch, norm->name);
  }
  const int most = std::min(images, job.recipe.batch);
  for (const int step : {least, most}) {
    if (const Node* norm = lone_batch_norm(simple, step / parts_of_step(step, job.recipe.micro_batch))) {
      throw UsageError("--micro-batch",
                       "expected several values per channel in each batch norm; a step of {} images has parts of one, "
                       "and {} sees it as 1x1: choose another; got {}",
                       step, norm->name, job.recipe.micro_batch);
    }
  }
}

/// One training under way.
class Training {
 public:
  Training(const Job& job, const DataSet& data, const TrainOptions& options, Subject subject)
      : job_(job),
        data_(data),
        options_(options),
        device_(device_of(job.engine)),
        stream_(device_),
        steps_per_epoch_(TrainBatches(data, job.recipe, job.seed).steps_per_epoch()),
        table_(make_pixel_table(data.normalisation)),
        graph_(std::move(subject.graph)),
        make_steps_(std::move(subject.make_steps)) {
    expect_no_lone_values(graph_, job, data);
    begin();
    trace_.train_images = static_cast<int>(data.split.train.size());
    trace_.batch = job.recipe.batch;
    resume();
  }

  Trace run() {
    const Clock::time_point start = Clock::now();
    const double before = trace_.seconds;
    Clock::time_point saved = start;
    const std::int64_t total = std::int64_t{job_.budget.epochs} * steps_per_epoch_;
    const std::int64_t last = std::min(total, options_.most_steps.value_or(total));
    for (;;) {
      if (!evaluate(total)) return stopped();
      trace_.seconds = before + seconds_since(start);
      if (steps() >= last) break;
      if (const auto reason = verdict()) {
        trace_.status = TraceStatus::stopped;
        trace_.reason = *reason;
        return finished();
      }
      const bool made = make_steps_until(last);
      trace_.seconds = before + seconds_since(start);
      if (!made) return stopped();
      if (!std::isfinite(trace_.step_loss.back())) {
        trace_.status = TraceStatus::diverged;
        trace_.reason = fmt::format("the loss of step {} is not finite", steps());
        return finished();
      }
      if (!goes_on(total)) return stopped();
      if (seconds_since(saved) >= job_.budget.checkpoint_seconds && steps() < total) {
        save();
        saved = Clock::now();
      }
    }
    if (steps() == total) trace_.status = TraceStatus::ok;
    return finished();
  }

 private:
  /// As before the first step.
  void begin() {
    maker_.reset();
    store_ = {};
    store_.add(graph_, job_.seed, torch::TensorOptions(device_).dtype(options_.scalar_type));
    if (options_.weight_noise > 0) disturb(options_.weight_noise);
    maker_ = make_steps_({.job = job_,
                          .data = data_,
                          .graph = graph_,
                          .store = store_,
                          .options = options_,
                          .alive = [this] { return goes_on(std::int64_t{job_.budget.epochs} * steps_per_epoch_); }},
                         device_);
  }

  void disturb(double noise) {
    const torch::NoGradGuard no_grad;
    Stream random(derive_seed(job_.seed, "weight-noise"));
    for (auto& [name, tensor] : store_.parameters) {
      torch::Tensor factors = torch::empty(tensor.sizes(), torch::kDouble);
      double* factor = factors.data_ptr<double>();
      for (std::int64_t i = 0; i < factors.numel(); ++i) factor[i] = 1 + noise * (2 * random.unit() - 1);
      tensor.copy_(tensor.to(torch::kCPU, torch::kDouble) * factors);
    }
  }

  std::int64_t steps() const { return static_cast<std::int64_t>(trace_.step_loss.size()); }

  /// The next steps, up to the end of their epoch and to `last`; none after a loss that is not finite. False where they
  /// were stopped before they were made.
  bool make_steps_until(std::int64_t last) {
    const auto next = [&](std::int64_t every) { return (steps() / every + 1) * every; };
    std::int64_t end = std::min(last, next(steps_per_epoch_));
    // a device makes as many at once as its speed says; where it is asked for a verdict must not depend on that
    if (job_.early_stop) end = std::min(end, next(steps_between_looks(static_cast<int>(steps_per_epoch_))));
    const StepLosses losses = maker_->make(steps(), end);
    for (const double loss : losses.total) {
      const std::int64_t first = steps() % steps_per_epoch_ * job_.recipe.batch;
      trace_.step_loss.push_back(loss);
      trace_.images += std::min<std::int64_t>(trace_.train_images - first, job_.recipe.batch);
      if (!std::isfinite(loss)) break;
    }
    std::ranges::copy(losses.output, std::back_inserter(trace_.output_loss));
    return !losses.total.empty();
  }

  std::optional<std::string> verdict() const { return options_.verdict ? options_.verdict(trace_) : std::nullopt; }

  bool goes_on(std::int64_t total) { return !options_.observer || options_.observer(trace_, total); }

  /// Makes the evaluations that are due after these steps and not made yet. False where the observer stopped it.
  bool evaluate(std::int64_t total) {
    if (steps() == 0 || steps() % steps_per_epoch_ != 0) return true;
    const int epoch = static_cast<int>(steps() / steps_per_epoch_);
    if (std::optional<Found> found = maker_->found();
        found && (trace_.found.empty() || trace_.found.back().epoch < epoch)) {
      found->epoch = epoch;
      trace_.found.push_back(std::move(*found));
    }
    const Budget& budget = job_.budget;
    const auto due = [&](int every) { return every > 0 && epoch % every == 0; };
    std::vector<int> all(static_cast<std::size_t>(data_.test.count));
    std::iota(all.begin(), all.end(), 0);
    if (due(budget.valid_every) && !measure_split("valid", data_.train, data_.split.valid, epoch, total)) return false;
    const bool test = due(budget.test_every) || (steps() == total && budget.test_at_end);
    return !test || measure_split("test", data_.test, all, epoch, total);
  }

  bool measure_split(const std::string& split, const ImageSet& images, std::span<const int> indices, int epoch,
                     std::int64_t total) {
    const auto made = [&](const Evaluation& e) { return e.split == split && e.epoch == epoch; };
    if (indices.empty() || std::ranges::any_of(trace_.evaluations, made)) return true;
    const torch::NoGradGuard no_grad;
    double loss = 0;
    std::int64_t right = 0;
    constexpr std::size_t most = kEvaluationBatch;
    for (std::size_t first = 0; first < indices.size(); first += most) {
      const Batch batch = plain_batch(images, indices.subspan(first, std::min(most, indices.size() - first)), table_);
      const torch::Tensor labels = batch.labels.to(device_);
      const torch::Tensor logits = maker_->logits(batch.images);
      loss += torch::nn::functional::cross_entropy(
                  logits, labels, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum))
                  .item<double>();
      right += (logits.argmax(1) == labels).sum().item<std::int64_t>();
      if (!goes_on(total)) return false;
    }
    const auto count = static_cast<double>(indices.size());
    trace_.evaluations.push_back(
        {.split = split, .epoch = epoch, .loss = loss / count, .accuracy = static_cast<double>(right) / count});
    return true;
  }

  template <class Visit>
  void each_tensor(const Visit& visit) {
    for (auto& [name, tensor] : store_.parameters) visit(name, tensor);
    for (auto& [name, tensor] : store_.buffers) visit(name, tensor);
    for (auto& [name, tensor] : maker_->momenta()) visit(name + ".momentum", tensor);
    for (auto& [name, tensor] : maker_->state()) visit(name, tensor);
  }

  void save() {
    if (options_.checkpoint.empty()) return;
    Checkpoint checkpoint{.job = job_, .trace = trace_, .tensors = {}};
    each_tensor([&](const std::string& name, torch::Tensor& tensor) { checkpoint.tensors[name] = stored(tensor); });
    write_file(options_.checkpoint, encode(checkpoint));
  }

  /// A checkpoint that cannot be used only costs the time to make its steps again: the numbers are the same.
  void resume() {
    const std::filesystem::path& file = options_.checkpoint;
    if (file.empty() || !path_exists(file)) return;
    try {
      const Checkpoint checkpoint = decode_checkpoint(read_file(file, kLargestCheckpoint), file.string());
      if (checkpoint.job != job_) throw DataError(file.string(), "expected a checkpoint of this trial");
      maker_->be_at(static_cast<std::int64_t>(checkpoint.trace.step_loss.size()));
      each_tensor([&](const std::string& name, torch::Tensor& tensor) {
        const auto found = checkpoint.tensors.find(name);
        if (found == checkpoint.tensors.end() || !fits(tensor, found->second)) {
          throw DataError(file.string(), "expected values for '{}' of this network's shape and type", name);
        }
      });
      each_tensor(
          [&](const std::string& name, torch::Tensor& tensor) { restore(tensor, checkpoint.tensors.at(name)); });
      trace_ = checkpoint.trace;
    } catch (const DataError& error) {
      std::cerr << "tse: " << error.what() << "; the trial starts over\n";
      begin();
    }
  }

  const Trace& stopped() {
    save();
    return trace_;
  }

  const Trace& finished() {
    if (trace_.status == TraceStatus::ok && job_.budget.keep_weights) save();
    return trace_;
  }

  const Job& job_;
  const DataSet& data_;
  const TrainOptions& options_;
  torch::Device device_;
  DeviceStream stream_;  // what follows lives on it
  std::int64_t steps_per_epoch_;
  PixelTable table_;
  Graph graph_;
  MakeSteps make_steps_;
  ParameterStore store_;
  Trace trace_;
  std::unique_ptr<Steps> maker_;
};

}  // namespace

Task task_of(const DataSet& data) {
  return {.input = {.channels = data.train.channels, .height = data.train.height, .width = data.train.width},
          .classes = data.train.classes()};
}

Trace train(const Job& job, const DataSet& data, const TrainOptions& options, Subject subject) {
  if (data.split.train.empty()) throw UsageError(job.data, "expected at least one training image; got none");
  return Training(job, data, options, std::move(subject)).run();
}

Trace train(const Job& job, const DataSet& data, const TrainOptions& options) {
  return train(job, data, options,
               {.graph = make_space(job.space)->lower(job.arch, task_of(data)), .make_steps = make_steps});
}

}  // namespace tse
