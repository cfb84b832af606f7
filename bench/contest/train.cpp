#include <torch/torch.h>

#include <map>
#include <memory>
#include <numeric>
#include <string>

#include "contestants.h"
#include "eager.h"
#include "eager_graph.h"
#include "lanes.h"
#include "meter.h"
#include "request.h"
#include "training.h"
#include "tse/base/option.h"
#include "tse/data/data.h"
#include "tse/net/device.h"
#include "tse/net/replay.h"
#include "tse/space/nb201.h"
#include "tse/space/space.h"
#include "tse/train/train.h"

namespace tse::bench {
namespace {

constexpr const char* kPlace = "contest";
constexpr int kClasses = 10;
constexpr int kSize = 32;
constexpr int kReplaysAtOnce = 16;  // before the loss is looked at

EagerTraining::Variant variant_of(const std::string& name) {
  using enum EagerTraining::Variant;
  static const std::map<std::string, EagerTraining::Variant> variants = {
      {"plain", plain}, {"channels-last", channels_last}, {"channels-last-bf16", channels_last_bf16}};
  return variants.at(name);
}

/// Of NAS-Bench-201 the one written by hand.
torch::nn::AnyModule eager_network(const std::string& space, const std::string& arch) {
  const Spec spec = parse_spec(space, kPlace);
  if (spec.name == "nb201") {
    Nb201Options options;
    assign(options.options(), spec, kPlace);
    return torch::nn::AnyModule(EagerNetwork(arch, options.channels, options.cells, kClasses));
  }
  const auto others = make_space(space);
  return torch::nn::AnyModule(EagerGraph(others->lower(others->parse(arch), {.classes = kClasses})));
}

}  // namespace

void train_by_tse(const Json& contest) {
  const OwnTraining training(contest);
  const auto lanes = member<std::size_t>(contest, "lanes", kPlace);
  Meter meter(lanes);
  in_lanes(lanes, training.device(), meter, [&](std::size_t lane) {
    std::int64_t before = 0;
    training.run(lane, [&](const Trace& trace, std::int64_t /*total*/) {
      return meter.stepped(trace.images - std::exchange(before, trace.images), lane);
    });
  });
}

void train_for_losses(const Json& contest) {
  Job job{.space = member<std::string>(contest, "space", kPlace),
          .data = member<std::string>(contest, "data", kPlace),
          .recipe = parse_recipe(member<std::string>(contest, "recipe", kPlace)),
          .budget = {.epochs = 200}};
  job.recipe.batch = member<int>(contest, "batch", kPlace);
  torch::set_num_threads(job.engine.threads);
  const DataSet data = make_data(job.data)->load(job.recipe.valid_fraction);
  const auto steps = member<std::int64_t>(contest, "steps", kPlace);
  answer({{"ready", true}});
  while (const auto request = next_request()) {
    job.arch.text = member<std::string>(*request, "arch", kPlace);
    job.engine.precision = member<std::string>(*request, "precision", kPlace);
    const Trace trace =
        train(job, data, {.most_steps = steps, .weight_noise = member<double>(*request, "noise", kPlace)});
    const double sum = std::accumulate(trace.step_loss.begin(), trace.step_loss.end(), 0.0);
    answer({{"loss", finite_or_null(sum / static_cast<double>(trace.step_loss.size()))}});
  }
}

void train_eagerly(const Json& contest) {
  torch::set_num_threads(member<int>(contest, "threads", kPlace));
  const auto space = member<std::string>(contest, "space", kPlace);
  const auto arch = member<std::string>(contest, "arch", kPlace);
  const auto batch = member<int>(contest, "batch", kPlace);
  const auto variant = variant_of(member<std::string>(contest, "variant", kPlace));
  const torch::Device device = find_device(member<std::string>(contest, "device", kPlace));
  const auto lanes = member<std::size_t>(contest, "lanes", kPlace);
  const bool recorded = member<bool>(contest, "recorded", kPlace);
  Meter meter(lanes);
  in_lanes(lanes, device, meter, [&](std::size_t lane) {
    EagerTraining training(eager_network(space, arch), batch, kSize, kClasses, variant, device);
    torch::Tensor loss;
    const auto step = [&] { loss = training.step(); };
    const std::unique_ptr<Replay> replay = recorded ? record(device, step, nullptr) : nullptr;
    const int at_once = recorded ? kReplaysAtOnce : 1;
    do {
      for (int i = 0; i < at_once; ++i) recorded ? replay->run() : step();
      [[maybe_unused]] const auto seen = loss.item<double>();  // waits for it
    } while (meter.stepped(std::int64_t{at_once} * batch, lane));
  });
}

}  // namespace tse::bench
