#include "tse/proxy/score.h"

#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/random.h"
#include "tse/net/network.h"
#include "tse/proxy/jaccov.h"
#include "tse/proxy/no_score.h"
#include "tse/proxy/snip.h"
#include "tse/proxy/synflow.h"
#include "tse/space/graph.h"
#include "tse/space/passes.h"
#include "tse/space/space.h"
#include "tse/train/batches.h"
#include "tse/train/job_network.h"
#include "tse/trial/zero_cost.h"

namespace tse {
namespace {

using Clock = std::chrono::steady_clock;

/// One architecture at its start; what several scores need is made once.
class Scorer {
 public:
  Scorer(const Job& job, const DataSet& data, torch::ScalarType scalar_type)
      : job_(job),
        data_(data),
        options_(torch::TensorOptions(device_of(job.engine)).dtype(scalar_type)),
        network_(make_start(data.train.classes())) {}

  double value(const zero_cost::SynFlow&) { return synflow(network_.graph, *network_.store); }

  double value(const zero_cost::Snip& score) {
    differentiate(score.look);
    return snip(network_.graph, *network_.store, score.parameters);
  }

  double value(const zero_cost::JacCov& score) {
    const bool one = score.outputs == "1" && data_.train.classes() != 1;
    const Start single = one ? make_start(1) : Start{};
    const Start& start = one ? single : network_;
    return jaccov(row_correlations(input_gradients(*start.network, batch(score.look).images)));
  }

  double value(const zero_cost::Params&) { return static_cast<double>(parameters(network_.graph)); }
  double value(const zero_cost::Macs&) { return static_cast<double>(macs(network_.graph)); }

 private:
  /// The network and its fresh weights.
  struct Start {
    Graph graph;
    std::unique_ptr<ParameterStore> store;  // where the network finds it
    std::unique_ptr<Network> network;
  };

  Start make_start(int classes) const {
    const Shape shape{.channels = data_.train.channels, .height = data_.train.height, .width = data_.train.width};
    const Task task{.input = shape, .classes = classes};
    Start start{.graph = without_auxiliaries(make_space(job_.space)->lower(job_.arch, task)),
                .store = std::make_unique<ParameterStore>(),
                .network = nullptr};
    start.store->add(start.graph, job_.seed, options_);
    start.network = make_reference_network(start.graph, *start.store);
    start.network->begin_step(derive_seed(job_.seed, "drop", 0), drop_path_scale(job_.recipe, 0, 1));
    return start;
  }

  const Batch& batch(const Look& look) {
    const auto [found, fresh] = batches_.try_emplace({look.batch, look.images});
    if (fresh) {
      Recipe recipe = job_.recipe;
      recipe.batch = look.batch;
      recipe.mixup = 0;
      recipe.label_smoothing = 0;
      const std::uint64_t seed = look.images == "own" ? job_.seed : job_.scoring->images_seed;
      const Batch first = TrainBatches(data_, recipe, seed).at(0);
      found->second = {.images = first.images.to(options_), .labels = first.labels.to(options_.device())};
    }
    return found->second;
  }

  /// Gives the parameters the gradients of the loss of these images.
  void differentiate(const Look& look) {
    if (differentiated_ == look) return;
    differentiated_.reset();
    for (auto& [name, parameter] : network_.store->parameters) parameter.mutable_grad().reset();
    const Batch& images = batch(look);
    const double loss = network_.network->loss_and_gradients(images.images, images.labels);
    if (!std::isfinite(loss)) throw NoScore("the loss of the batch is not finite");
    differentiated_ = look;
  }

  const Job& job_;
  const DataSet& data_;
  torch::TensorOptions options_;
  Start network_;
  std::map<std::pair<int, std::string>, Batch> batches_;  // by size and whose
  std::optional<Look> differentiated_;
};

StaticScore measure(Scorer& scorer, const std::string& name) {
  const Clock::time_point start = Clock::now();
  StaticScore result{.name = name, .value = kFailedScore};
  try {
    const double value = std::visit([&](const auto& score) { return scorer.value(score); }, make_zero_cost(name));
    if (!std::isfinite(value)) throw NoScore("the score is not finite");
    result.value = value;
  } catch (const NoScore& reason) {
    result.reason = reason.what();
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace

Trace score(const Job& job, const DataSet& data, const ScoreOptions& options) {
  if (!job.scoring) throw UsageError(job.space, "expected a job that scores; got one that trains");
  const Clock::time_point start = Clock::now();
  const std::vector<std::string>& names = job.scoring->scores;
  expect_images(names, static_cast<std::int64_t>(data.split.train.size()));
  Scorer scorer(job, data, options.scalar_type);
  Trace trace;
  for (const std::string& name : names) {
    const int done = static_cast<int>(trace.scores.size());
    if (options.observer && !options.observer(done, static_cast<int>(names.size()))) return trace;
    trace.scores.push_back(measure(scorer, name));
  }
  trace.status = TraceStatus::ok;
  trace.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return trace;
}

}  // namespace tse
