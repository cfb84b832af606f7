#include "tse/supernet/multi_path.h"

#include <cmath>
#include <utility>

#include "tse/base/random.h"
#include "tse/net/gradient_sum.h"

namespace tse {

MultiPath::MultiPath(const std::shared_ptr<const Space>& space, const Task& task, const Engine& engine,
                     const Recipe& recipe, bool decay_unused, ParameterStore& store)
    : store_(store), networks_(space, task, engine, recipe, store), sgd_(store, recipe), decay_unused_(decay_unused) {}

double MultiPath::gradients(const torch::Tensor& images, const torch::Tensor& labels, const std::vector<Path>& paths,
                            std::uint64_t seed) {
  note(paths);
  const auto count = static_cast<double>(paths.size());
  GradientSum sum;
  double loss = 0;
  for (std::size_t k = 0; k < paths.size(); ++k) {
    const std::unique_ptr<Network> network = networks_.make(paths[k]);
    network->begin_step(derive_seed(seed, "path", k));
    loss += network->loss_and_gradients(images, labels) / count;
    if (!std::isfinite(loss)) return loss;
    sum.take(store_, 1 / count);
  }
  sum.hand_over(store_);
  if (decay_unused_) decay_unused();
  return loss;
}

void MultiPath::note(const std::vector<Path>& paths) {
  for (const Path& path : paths) {
    if (knows_all()) return;
    for (std::string& name : parameter_names(networks_.graph(path))) used_.insert(std::move(name));
  }
}

void MultiPath::decay_unused() {
  for (auto& [name, parameter] : store_.parameters) {
    if (!parameter.grad().defined() && used_.contains(name)) parameter.mutable_grad() = torch::zeros_like(parameter);
  }
}

}  // namespace tse
