#include "tse/paths/fair_paths.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "tse/base/error.h"

namespace tse {

FairPaths::FairPaths(const Settings& settings, std::shared_ptr<const Space> space, const Task& /*task*/,
                     std::uint64_t seed)
    : space_(std::move(space)), seed_(seed), count_(count(settings, *space_)) {}

/// The most options of a place.
int FairPaths::count(const Settings& /*settings*/, const Space& space) {
  if (space.choices() == nullptr)
    throw UsageError("path sampler fair", "expected a space that states its choices; {} does not", space.spec());
  int most = 0;
  for (const Place& place : space.choices()->places()) most = std::max(most, static_cast<int>(place.options.size()));
  return most;
}

std::vector<Path> FairPaths::paths(std::int64_t step) const {
  Stream random(derive_seed(seed_, "paths", static_cast<std::uint64_t>(step)));
  std::vector<Picks> picks(static_cast<std::size_t>(count_));
  for (const Place& place : space_->choices()->places()) {
    std::vector<int> order(place.options.size());
    std::iota(order.begin(), order.end(), 0);
    random.shuffle(std::span(order));
    for (std::size_t k = 0; k < picks.size(); ++k) picks[k].push_back(order[k % order.size()]);
  }
  std::vector<Path> paths;
  for (const Picks& each : picks) paths.push_back({space_->arch_of(each)});
  return paths;
}

}  // namespace tse
