#include <torch/torch.h>

#include <memory>

#include "contestants.h"
#include "meter.h"
#include "tse/data/image_set.h"
#include "tse/relax/mixture_training.h"
#include "tse/space/space.h"
#include "tse/trial/recipe.h"

namespace tse::bench {
namespace {

constexpr const char* kPlace = "contest";

}  // namespace

void train_mixture(const Json& contest) {
  Engine engine;
  assign(engine.options(), contest.at("engine"), kPlace);
  torch::set_num_threads(engine.threads);
  const std::shared_ptr<const Space> space = make_space(member<std::string>(contest, "space", kPlace));
  const std::int64_t batch = member<int>(contest, "batch", kPlace);
  const Relaxation relaxation = parse_relaxation("darts-tse:mode=inline,steps=1");
  ParameterStore store;
  store.add(space->mixed({}, mixture_of(relaxation, false)), 1, torch::TensorOptions().dtype(torch::kFloat));
  MixtureTraining training(space, {}, engine, parse_recipe("oneshot"), relaxation, 1, store);
  const Batch images{.images = torch::randn({batch, 3, 32, 32}).contiguous(torch::MemoryFormat::ChannelsLast),
                     .labels = torch::randint(10, {batch}, torch::kLong)};
  const double rate = 0.025;
  Meter meter;
  std::int64_t number = 0;
  do {
    training.summed_steps({&images, 1}, {&rate, 1}, number++);
  } while (meter.stepped(batch));
}

}  // namespace tse::bench
