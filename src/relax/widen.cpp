#include "tse/relax/widen.h"

#include <utility>

#include "tse/base/error.h"
#include "tse/base/random.h"

namespace tse {
namespace {

/// The path of an option's layer: "stage1.cell1.edge_1_0.nor_conv_3x3" of "....conv.weight" and of
/// "....bn.running_mean".
std::string path_of(const std::string& name) {
  const std::size_t tensor = name.rfind('.');
  return name.substr(0, name.rfind('.', tensor - 1));
}

/// The tensor with copies of some of its channels behind the others, along one side.
torch::Tensor grown(const torch::Tensor& from, std::int64_t side, const torch::Tensor& channels) {
  return torch::cat({from, from.index_select(side, channels)}, side);
}

}  // namespace

DrawChannels channel_draws(std::uint64_t seed) {
  return [seed](const std::string& path, bool output, std::int64_t channels, std::int64_t more) {
    Stream random(derive_seed(seed, (output ? "widen output " : "widen input ") + path));
    torch::Tensor drawn = torch::empty({more}, torch::kLong);
    for (std::int64_t i = 0; i < more; ++i)
      drawn[i] = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(channels)));
    return drawn;
  };
}

void widen(ParameterStore& store, std::map<std::string, torch::Tensor>& momenta, const Graph& wider,
           const DrawChannels& draw) {
  const torch::NoGradGuard no_grad;
  ParameterStore needed;
  needed.add(wider, 0, store.parameters.begin()->second.options());
  const auto widened = [&](const std::string& name, torch::Tensor from, const torch::Tensor& to) {
    const auto format = from.suggest_memory_format();
    for (std::int64_t side = 0; side < std::min<std::int64_t>(2, from.dim()); ++side) {
      const std::int64_t more = to.size(side) - from.size(side);
      if (more < 0)
        throw UsageError(name, "expected a graph that is wider; it has {} for {}", to.size(side), from.size(side));
      if (more == 0) continue;
      const torch::Tensor channels = draw(path_of(name), side == 0, from.size(side), more).to(from.device());
      from = grown(from, side, channels);
    }
    return from.contiguous(format);
  };
  for (auto& [name, parameter] : store.parameters) {
    const auto to = needed.parameters.find(name);
    if (to == needed.parameters.end() || to->second.sizes() == parameter.sizes()) continue;
    parameter = widened(name, parameter.detach(), to->second).requires_grad_();
    momenta.at(name) = widened(name, momenta.at(name), to->second);
  }
  for (auto& [name, buffer] : store.buffers) {
    const auto to = needed.buffers.find(name);
    if (to != needed.buffers.end() && to->second.sizes() != buffer.sizes()) buffer = widened(name, buffer, to->second);
  }
}

}  // namespace tse
