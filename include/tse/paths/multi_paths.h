#pragma once

#include "tse/base/option.h"
#include "tse/paths/sampler.h"

namespace tse {

/// The paper's MultiPaths (arXiv 2006.04492, section 4.2): the architectures in an order are cut into as many equal
/// parts as there are paths, and each path is one of a part of its own, uniformly. The order is that of multiply-adds.
/// The authors' code orders by accuracy after full training, which is what the search is for: `table` does that, for
/// comparison.
class MultiPaths final : public PathSampler {
 public:
  struct Settings {
    int paths = 4;
    std::string by = "macs";
    std::string table;

    Options options();
  };

  MultiPaths(const Settings& settings, std::shared_ptr<const Space> space, const Task& task, std::uint64_t seed);
  std::vector<Path> paths(std::int64_t step) const override;
  static int count(const Settings& settings, const Space& space);

 private:
  Settings settings_;
  std::shared_ptr<const Space> space_;
  std::uint64_t seed_;
  std::vector<Arch> ordered_;  // empty: paths are uniform over the space
};

}  // namespace tse
