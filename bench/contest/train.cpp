#include <torch/torch.h>

#include <map>
#include <string>

#include "contestants.h"
#include "eager.h"
#include "meter.h"
#include "tse/base/option.h"
#include "tse/data/data.h"
#include "tse/space/nb201.h"
#include "tse/train/train.h"

namespace tse::bench {
namespace {

constexpr const char* kPlace = "contest";
constexpr const char* kImages = "synthetic:size=32,train_images=5120";  // 3x32x32, 10 classes

EagerTraining::Variant variant_of(const std::string& name) {
  using enum EagerTraining::Variant;
  static const std::map<std::string, EagerTraining::Variant> variants = {
      {"plain", plain}, {"channels-last", channels_last}, {"channels-last-bf16", channels_last_bf16}};
  return variants.at(name);
}

}  // namespace

void train_by_tse(const Json& contest) {
  Job job{.space = member<std::string>(contest, "space", kPlace),
          .arch = {member<std::string>(contest, "arch", kPlace)},
          .data = kImages,
          .recipe = {.batch = member<int>(contest, "batch", kPlace), .valid_fraction = 0},
          .budget = {.epochs = 200}};
  assign(job.engine.options(), contest.at("engine"), kPlace);
  torch::set_num_threads(job.engine.threads);
  const DataSet data = make_data(job.data)->load(job.recipe.valid_fraction);
  Meter meter;
  std::int64_t before = 0;
  train(job, data, {.observer = [&](const Trace& trace, std::int64_t /*total*/) {
          return meter.stepped(trace.images - std::exchange(before, trace.images));
        }});
}

void train_eagerly(const Json& contest) {
  torch::set_num_threads(member<int>(contest, "threads", kPlace));
  Nb201Options space;
  assign(space.options(), parse_spec(member<std::string>(contest, "space", kPlace), kPlace), kPlace);
  const auto batch = member<int>(contest, "batch", kPlace);
  EagerTraining training(EagerNetwork(member<std::string>(contest, "arch", kPlace), space.channels, space.cells, 10),
                         batch, 32, 10, variant_of(member<std::string>(contest, "variant", kPlace)));
  Meter meter;
  do {
    [[maybe_unused]] const auto loss = training.step().item<double>();
  } while (meter.stepped(batch));
}

}  // namespace tse::bench
