#include <torch/torch.h>

#include <memory>
#include <optional>

#include "contestants.h"
#include "meter.h"
#include "request.h"
#include "tse/base/option.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"
#include "tse/supernet/sub_networks.h"
#include "tse/train/sgd.h"
#include "tse/trial/recipe.h"

namespace tse::bench {

void train_paths(const Json& contest) {
  constexpr const char* kPlace = "contest";
  Engine engine;
  assign(engine.options(), contest.at("engine"), kPlace);
  torch::set_num_threads(engine.threads);
  const std::shared_ptr<const Space> space = make_space(member<std::string>(contest, "space", kPlace));
  const bool validates = member<std::string>(contest, "what", kPlace) == "validate";
  const std::int64_t batch = validates ? kEvaluationBatch : member<int>(contest, "batch", kPlace);
  std::vector<Path> paths;
  for (const Json& arch : contest.at("archs")) paths.push_back({space->parse(arch.get<std::string>())});

  ParameterStore store;
  store.add(space->mixed({}, Norms::batch), 1, torch::TensorOptions().dtype(torch::kFloat));
  const Recipe recipe = parse_recipe("candidate");
  const SubNetworks networks(space, {}, engine, recipe, store);
  Sgd sgd(store, recipe);
  const torch::Tensor images = torch::randn({batch, 3, 32, 32}).contiguous(torch::MemoryFormat::ChannelsLast);
  const torch::Tensor labels = torch::randint(10, {batch}, torch::kLong);
  std::unique_ptr<Network> network;
  const auto step = [&](std::size_t number) {
    if (!network || paths.size() > 1) network = networks.make(paths[number % paths.size()]);
    if (validates) {
      const torch::NoGradGuard no_grad;
      network->forward(images, Mode::evaluate);
      return;
    }
    network->loss_and_gradients(images, labels);
    sgd.step(0.001);
  };
  for (std::size_t i = 0; i < 2 * paths.size(); ++i) step(i);  // what the paths need together is made once
  Meter meter;
  std::size_t number = 0;
  do {
    step(number++);
  } while (meter.stepped(batch));
}

}  // namespace tse::bench
