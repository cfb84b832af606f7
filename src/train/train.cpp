#include "tse/train/train.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <numeric>

#include "tse/base/ahead.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/random.h"
#include "tse/base/write.h"
#include "tse/net/device.h"
#include "tse/net/network.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"
#include "tse/train/batches.h"
#include "tse/train/sgd.h"
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

/// One training under way.
class Training {
 public:
  Training(const Job& job, const DataSet& data, const TrainOptions& options)
      : job_(job),
        data_(data),
        options_(options),
        device_(find_device(job.engine.device)),
        batches_(data, job.recipe, job.seed),
        table_(make_pixel_table(data.normalisation)) {
    const Task task{.input = {.channels = data.train.channels, .height = data.train.height, .width = data.train.width},
                    .classes = data.train.classes()};
    const Graph graph = make_space(job.space)->lower(job.arch, task);
    store_.add(graph, job.seed, torch::TensorOptions(device_).dtype(options.scalar_type));
    if (options.weight_noise > 0) disturb(options.weight_noise);
    network_ = make_network(graph);
    sgd_.emplace(store_, job.recipe);
    trace_.train_images = static_cast<int>(data.split.train.size());
    trace_.batch = job.recipe.batch;
    resume();
  }

  Trace run() {
    const Clock::time_point start = Clock::now();
    const double before = trace_.seconds;
    Clock::time_point saved = start;
    const std::int64_t total = std::int64_t{job_.budget.epochs} * batches_.steps_per_epoch();
    const std::int64_t last = std::min(total, options_.most_steps.value_or(total));
    if (steps() < last) ahead_.emplace([this](std::int64_t step) { return batches_.at(step); }, last);
    for (;;) {
      if (!evaluate(total)) return stopped();
      trace_.seconds = before + seconds_since(start);
      if (steps() >= last) break;
      const double loss = step();
      trace_.seconds = before + seconds_since(start);
      if (!std::isfinite(loss)) {
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
  /// The fast path where it can be had, unless the job says which.
  std::unique_ptr<Network> make_network(const Graph& graph) {
    const Engine& engine = job_.engine;
    const bool can = device_.is_cpu() && options_.scalar_type == torch::kFloat && has_fast_network(graph);
    if (engine.path == "fast" && !can) {
      throw UsageError("--path fast", "expected float32 on a CPU and ops that have fast kernels; use --path reference");
    }
    if (engine.path == "reference" || !can) {
      if (engine.precision != "fp32") {
        throw UsageError("--precision " + engine.precision, "expected the fast path; the reference path has fp32 only");
      }
      return make_reference_network(graph, store_);
    }
    const auto precision = engine.precision == "bf16" ? cpu::Precision::bf16 : cpu::Precision::fp32;
    return make_fast_network(graph, store_, {.precision = precision, .threads = engine.threads});
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

  double step() {
    const Batch batch = ahead_->at(steps());
    network_->begin_step(derive_seed(job_.seed, "drop", static_cast<std::uint64_t>(steps())));
    const double value =
        network_->loss_and_gradients(batch.images.to(device_, options_.scalar_type), batch.labels.to(device_));
    if (std::isfinite(value)) sgd_->step(learning_rate(job_.recipe, steps(), batches_.steps_per_epoch()));
    trace_.step_loss.push_back(value);
    trace_.images += batch.labels.size(0);
    return value;
  }

  bool goes_on(std::int64_t total) { return !options_.observer || options_.observer(trace_, total); }

  /// Makes the evaluations that are due after these steps and not made yet. False where the observer stopped it.
  bool evaluate(std::int64_t total) {
    if (steps() == 0 || steps() % batches_.steps_per_epoch() != 0) return true;
    const int epoch = static_cast<int>(steps() / batches_.steps_per_epoch());
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
      const torch::Tensor logits = network_->forward(batch.images.to(device_, options_.scalar_type), Mode::evaluate);
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
    for (auto& [name, tensor] : sgd_->momenta()) visit(name + ".momentum", tensor);
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
    if (file.empty() || !std::filesystem::exists(file)) return;
    try {
      const Checkpoint checkpoint = decode_checkpoint(read_file(file, kLargestCheckpoint), file.string());
      if (checkpoint.job != job_) throw DataError(file.string(), "expected a checkpoint of this trial");
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
  TrainBatches batches_;  // whose `at` the thread of ahead_ calls
  PixelTable table_;
  ParameterStore store_;
  std::unique_ptr<Network> network_;
  std::optional<Sgd> sgd_;
  Trace trace_;
  std::optional<Ahead<Batch>> ahead_;  // while it runs
};

}  // namespace

Trace train(const Job& job, const DataSet& data, const TrainOptions& options) {
  if (data.split.train.empty()) throw UsageError(job.data, "expected at least one training image; got none");
  return Training(job, data, options).run();
}

}  // namespace tse
