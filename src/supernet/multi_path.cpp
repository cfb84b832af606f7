#include "tse/supernet/multi_path.h"

#include <cmath>
#include <utility>

#include "tse/base/random.h"

namespace tse {

MultiPath::MultiPath(const std::shared_ptr<const Space>& space, const Task& task, const Engine& engine,
                     const Recipe& recipe, bool decay_unused, ParameterStore& store)
    : store_(store), networks_(space, task, engine, store), sgd_(store, recipe), decay_unused_(decay_unused) {}

double MultiPath::gradients(const torch::Tensor& images, const torch::Tensor& labels, const std::vector<Path>& paths,
                            std::uint64_t seed) {
  note(paths);
  const auto count = static_cast<double>(paths.size());
  std::map<std::string, torch::Tensor> sums;
  double loss = 0;
  for (std::size_t k = 0; k < paths.size(); ++k) {
    const std::unique_ptr<Network> network = networks_.make(paths[k]);
    network->begin_step(derive_seed(seed, "path", k));
    loss += network->loss_and_gradients(images, labels) / count;
    if (!std::isfinite(loss)) return loss;
    collect(sums, count);
  }
  hand_over(sums);
  return loss;
}

void MultiPath::note(const std::vector<Path>& paths) {
  for (const Path& path : paths) {
    if (knows_all()) return;
    for (std::string& name : parameter_names(networks_.graph(path))) used_.insert(std::move(name));
  }
}

/// Adds what a path's backward pass left, its share of the step's gradient, and leaves none.
void MultiPath::collect(std::map<std::string, torch::Tensor>& sums, double count) {
  const torch::NoGradGuard no_grad;
  for (auto& [name, parameter] : store_.parameters) {
    torch::Tensor& gradient = parameter.mutable_grad();
    if (!gradient.defined()) continue;
    const auto [sum, fresh] = sums.try_emplace(name);
    if (fresh) {
      sum->second = gradient / count;
    } else {
      sum->second.add_(gradient, 1 / count);
    }
    gradient.reset();
  }
}

void MultiPath::hand_over(const std::map<std::string, torch::Tensor>& sums) {
  for (auto& [name, parameter] : store_.parameters) {
    const auto sum = sums.find(name);
    if (sum != sums.end()) {
      parameter.mutable_grad() = sum->second;
    } else if (decay_unused_ && used_.contains(name)) {
      parameter.mutable_grad() = torch::zeros_like(parameter);
    }
  }
}

}  // namespace tse
