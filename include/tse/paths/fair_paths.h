#pragma once

#include "tse/base/option.h"
#include "tse/paths/sampler.h"

namespace tse {

/// FairNAS's strict fairness (Chu et al. 2021, arXiv 1907.01845): at each place the options in an order of their own,
/// and path k takes the k-th of each. So every option of every place is trained once at every step; where a place has
/// fewer options than another, its order is gone through again.
class FairPaths final : public PathSampler {
 public:
  struct Settings {
    Options options() { return {}; }
  };

  FairPaths(const Settings& settings, std::shared_ptr<const Space> space, const Task& task, std::uint64_t seed);
  std::vector<Path> paths(std::int64_t step) const override;
  static int count(const Settings& settings, const Space& space);

 private:
  std::shared_ptr<const Space> space_;
  std::uint64_t seed_;
  int count_;
};

}  // namespace tse
