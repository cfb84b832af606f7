#include "tse/workflow/memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "tse/base/cores.h"
#include "tse/base/error.h"
#include "tse/base/random.h"
#include "tse/cpu/program.h"
#include "tse/space/passes.h"
#include "tse/space/space.h"
#include "tse/trial/relaxation.h"
#include "tse/trial/zero_cost.h"
#include "tse/workflow/task.h"

namespace tse {
namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20U;
constexpr std::size_t kLibtorch = 230 * kMebibyte;  // of a process before it trains: libtorch 1.13 takes 190
constexpr std::size_t kCopies = 12;                 // of the weights: gradient, momentum, and the forms oneDNN likes
constexpr std::size_t kPerConvolution = kMebibyte / 2;   // oneDNN's code and rooms
constexpr std::size_t kGpuLibraries = 2048 * kMebibyte;  // of a process that drives a GPU, on the host
constexpr std::size_t kMostLooks = 100;
constexpr int kLikelyPaths = 100;  // of a super-network, to find a large one
constexpr int kLanesOfGpu = 8;
constexpr std::size_t kSquares = 6;  // the correlations and what their eigenvalues take

/// Activations of the reference path: every node's, and its gradient.
std::size_t plain_memory(const Graph& graph, std::size_t images, bool training) {
  std::size_t values = 0;
  for (const Node& node : graph.nodes()) values += static_cast<std::size_t>(node.shape.elements());
  return values * images * sizeof(float) * (training ? 2 : 1);
}

std::size_t activation_memory(const Graph& graph, const Engine& engine, int batch, bool training) {
  if (engine.device != "cpu") return kGpuLibraries;  // activations are on the GPU
  if (engine.path == "reference" || !cpu::runs_on_cpu(graph)) {
    return plain_memory(graph, static_cast<std::size_t>(batch), training);
  }
  const auto precision = engine.precision == "bf16" ? cpu::Precision::bf16 : cpu::Precision::fp32;
  return cpu::program_memory(graph,
                             {.batch = batch, .precision = precision, .training = training, .threads = engine.threads});
}

/// What does not depend on the batch.
std::size_t fixed_memory(const Graph& graph) {
  const auto convolutions = static_cast<std::size_t>(
      std::ranges::count_if(graph.nodes(), [](const Node& n) { return std::holds_alternative<op::Conv2d>(n.op); }));
  return kLibtorch + kCopies * sizeof(float) * static_cast<std::size_t>(parameters(graph)) +
         kPerConvolution * convolutions;
}

/// Of the score that looks at most images. The correlations of N images take some squares of N more.
std::size_t scoring_memory(const Graph& graph, const Job& job) {
  int images = 1;
  for (const std::string& name : job.scoring->scores) {
    if (const ZeroCost score = make_zero_cost(name); const Look* look = look_of(score)) {
      images = std::max(images, look->batch);
    }
  }
  const auto side = static_cast<std::size_t>(images);
  // a gradient of an activation goes with its use
  const Graph simple = simplified(graph);
  return fixed_memory(simple) + plain_memory(simple, static_cast<std::size_t>(images), false) +
         kSquares * sizeof(double) * side * side;
}

/// Of a super-network the store and the largest of some paths; of a candidate its own network.
std::size_t one_shot_memory(const Job& job, const Task& task) {
  const std::shared_ptr<const Space> space = make_space(job.space);
  if (!job.one_shot->is_supernet())
    return network_memory(space->sub_network(job.arch, task, Norms::batch), job.engine, images_at_once(job.recipe),
                          true);
  std::size_t activations = 0;
  Stream random(derive_seed(0, "likely paths"));
  for (int i = 0; i < kLikelyPaths; ++i) {
    const Graph path = simplified(space->sub_network(space->sample(random), task, Norms::batch));
    activations = std::max(activations, activation_memory(path, job.engine, images_at_once(job.recipe), true));
  }
  return fixed_memory(space->mixed(task, Norms::batch)) + activations;
}

/// Of a mixture, the larger of its halves, with what looking ahead copies and the mini-batches of a group.
std::size_t relaxed_memory(const Job& job, const DataFacts& data) {
  const Task task = task_of(data);
  const Relaxation relaxation = parse_relaxation(job.relaxed->method);
  std::size_t network = 0;
  for (const bool second_half : {false, relaxation.kept > 0}) {
    const Graph graph = simplified(make_space(job.space)->mixed(task, mixture_of(relaxation, second_half)));
    network =
        std::max(network, fixed_memory(graph) + activation_memory(graph, job.engine, images_at_once(job.recipe), true));
  }
  const std::int64_t images =
      std::min<std::int64_t>(data.images, std::int64_t{job.recipe.batch} * (relaxation.speed ? relaxation.steps : 2));
  return network + static_cast<std::size_t>(images * task.input.elements()) * sizeof(float);
}

std::string in_mebibytes(std::size_t bytes) { return fmt::format("{} MiB", (bytes + kMebibyte - 1) / kMebibyte); }

}  // namespace

std::size_t network_memory(const Graph& graph, const Engine& engine, int batch, bool evaluates) {
  const Graph training = simplified(with_auxiliaries(graph));
  std::size_t bytes = fixed_memory(training) + activation_memory(training, engine, batch, true);
  if (evaluates) bytes += activation_memory(simplified(graph), engine, kEvaluationBatch, false);
  return bytes;
}

std::size_t worker_memory(const std::vector<Job>& jobs, const DataFacts& data) {
  const Task task = task_of(data);
  const std::size_t step = std::max<std::size_t>(1, jobs.size() / kMostLooks);
  std::size_t most = 0;
  for (std::size_t i = 0; i < jobs.size(); i += step) {
    const Job& job = jobs[i];
    if (job.relaxed) {
      most = std::max(most, relaxed_memory(job, data));
      continue;
    }
    if (job.one_shot) most = std::max(most, one_shot_memory(job, task));
    if (job.one_shot && !job.scoring) continue;
    const Graph graph = make_space(job.space)->lower(job.arch, task);
    if (job.scoring) most = std::max(most, scoring_memory(graph, job));
    if (job.one_shot || !job.trains()) continue;
    const bool evaluates = job.budget.valid_every > 0 || job.budget.test_every > 0 || job.budget.test_at_end;
    most = std::max(most, network_memory(graph, job.engine, images_at_once(job.recipe), evaluates));
  }
  return most + static_cast<std::size_t>(data.images * task.input.elements());
}

int granted_lanes(int asked, const Engine& engine) {
  const bool cpu = engine.device == "cpu";
  if (cpu && asked > 1) {
    throw UsageError("--lanes", "expected 0 or 1 on a CPU, where --workers says how many train at once; got {}", asked);
  }
  return asked > 0 ? asked : cpu ? 1 : kLanesOfGpu;
}

Grant granted_workers(int asked, const Engine& engine, std::size_t bytes, std::size_t available) {
  const int all = engine.device == "cpu" ? std::max(1, available_cores() / engine.threads) : 1;
  const int wanted = asked > 0 ? asked : all;
  if (available == 0) return {.workers = wanted, .note = {}};  // nobody knows
  const auto fit = static_cast<int>(std::min<std::size_t>(std::max<std::size_t>(available / bytes, 1), 1 << 20));
  if (wanted <= fit) return {.workers = wanted, .note = {}};
  if (asked > 0) {
    throw UsageError("--workers", "expected at most {}: a worker takes about {}, and {} are available; got {}", fit,
                     in_mebibytes(bytes), in_mebibytes(available), asked);
  }
  return {.workers = fit,
          .note = fmt::format("{} workers instead of {}: one takes about {}, and {} are available", fit, wanted,
                              in_mebibytes(bytes), in_mebibytes(available))};
}

}  // namespace tse
